using LxcNetworking.Helper;
using LxcNetworking.Program;

return args switch
{
    [HelperProgram.StartCommand] => Detached.Start(),
    [HelperProgram.ServeCommand] => Server.Run(),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        "usage: lxcnet serve    renew the leases of containers on this machine until there are none");
    return 2;
}
