using LxcNetworking.Helper;
using LxcNetworking.Program;
using LxcNetworking.Program.Commands;
using LxcNetworking.Values;

return args switch
{
    [HelperProgram.StartCommand, .. var arguments] => Detached.Start(arguments),
    [HelperProgram.ServeCommand] => Server.Run(),
    [HelperProgram.WatchCommand, var file, var document, var since]
        when Digits.TryParse(since, out long ticks) => Watcher.Run(file, document, new TimeSpan(ticks)),
    _ => ProgramLine.Run(args),
};
