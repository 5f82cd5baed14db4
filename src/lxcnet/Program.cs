using LxcNetworking.Helper;
using LxcNetworking.Program;
using LxcNetworking.Values;

return args switch
{
    [HelperProgram.StartCommand, .. var arguments] => Detached.Start(arguments),
    [HelperProgram.ServeCommand] => Server.Run(),
    [HelperProgram.WatchCommand, var file, var document, var since]
        when Digits.TryParse(since, out long ticks) => Watcher.Run(file, document, new TimeSpan(ticks)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        "usage: lxcnet serve    renew the leases of containers on this machine until there are none");
    return 2;
}
