// The assemblies that are published with it are what it is made for.
return Microsoft.PowerShell.UnmanagedPSEntry.Start(args, args.Length);
