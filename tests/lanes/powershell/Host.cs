// This program is published for the assemblies that come with it, compiled ahead of time; nobody runs it.
return Microsoft.PowerShell.UnmanagedPSEntry.Start(args, args.Length);
