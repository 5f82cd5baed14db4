using System.Collections;
using System.Management.Automation.Language;
using LxcNetworking.Commands.Common;

namespace LxcNetworking.Commands.Namespaces;

/// <summary>
/// What a look at a block's syntax finds: the commands that it calls, and what would not
/// stay in one thread's namespace.
/// </summary>
internal sealed class BlockFindings : AstVisitor
{
    /// <summary>How ForEach-Object is refused.</summary>
    public const string Parallel = "ForEach-Object -Parallel";

    /// <summary>How its parameter begins at least.</summary>
    public const string ParallelStart = "-pa";

    private static readonly string[] s_types =
    [
        "System.Net.Http.", "System.Net.WebSockets.", "System.Net.Quic.", "System.Net.WebClient",
        "System.Net.WebRequest", "System.Net.HttpWebRequest", "System.Net.FtpWebRequest", "System.Threading.Tasks.",
        "System.Threading.ThreadPool", "System.Threading.Timer", "System.Timers.Timer",
        "System.Management.Automation.PowerShell", "System.Management.Automation.Runspaces.RunspaceFactory",
        "System.Management.Automation.Runspaces.RunspacePool",
    ];

    // Parameters that say that a block runs in another process, which has all its threads where it was
    // started, or on another machine.
    private static readonly string[] s_elsewhere =
        ["Session", "HostName", "SSHConnection", "ComputerName", "VMName", "VMId", "ContainerId"];

    // What .NET's classes for documents and the like open by themselves.
    private static readonly string[] s_remote = ["http://", "https://", "ftp://"];

    private readonly HashSet<string> _commands = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _variables = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The commands' names, as they are written.</summary>
    public IReadOnlyCollection<string> Commands => _commands;

    /// <summary>The names of variables that are called: <c>&amp; $block</c>.</summary>
    public IReadOnlyCollection<string> Variables => _variables;

    /// <summary>The first thing that would not stay; null if there is none.</summary>
    public string? Refused { get; private set; }

    /// <summary>Looks at a block.</summary>
    /// <param name="ast">The block.</param>
    /// <returns>What is found.</returns>
    public static BlockFindings Of(Ast ast)
    {
        var findings = new BlockFindings();
        ast.Visit(findings);
        return findings;
    }

    /// <summary>A command's own name.</summary>
    /// <param name="name">It, perhaps behind its module's.</param>
    /// <returns>The part behind that.</returns>
    public static string WithoutModule(string name) => name[(name.LastIndexOf('\\') + 1)..];

    /// <inheritdoc/>
    public override AstVisitAction VisitCommand(CommandAst commandAst)
    {
        if (commandAst.CommandElements[0] is VariableExpressionAst { VariablePath.UserPath: var variable })
            _variables.Add(variable[(variable.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        if (commandAst.GetCommandName() is not { } written)
            return AstVisitAction.Continue;
        var name = WithoutModule(written);
        switch (name.ToUpperInvariant())
        {
            case "START-JOB" or "SAJB":
            case "INVOKE-COMMAND" or "ICM" when Array.Exists(s_elsewhere, parameter => Has(commandAst, parameter, 2)):
            case "INVOKE-NETNAMESPACE" when Has(commandAst, "Isolated", 2):
                return AstVisitAction.SkipChildren;
            case "FOREACH-OBJECT" or "%" or "FOREACH" when Has(commandAst, "Parallel", 2):
                return Refuse(Parallel);
            case "REGISTER-OBJECTEVENT" or "REGISTER-ENGINEEVENT" when Has(commandAst, "Action", 2):
                return Refuse($"{name} -Action");
            case "NEW-OBJECT" when Constants(commandAst).Any(Leaves):
                return Refuse(commandAst.ToString());
            case "GET-COMMAND" or "GCM":
                _commands.UnionWith(Constants(commandAst));
                return AstVisitAction.Continue;
            default:
                _commands.Add(name);
                return AstVisitAction.Continue;
        }
    }

    /// <inheritdoc/>
    public override AstVisitAction VisitTypeExpression(TypeExpressionAst typeExpressionAst)
        => VisitType(typeExpressionAst.TypeName);

    /// <inheritdoc/>
    public override AstVisitAction VisitTypeConstraint(TypeConstraintAst typeConstraintAst)
        => VisitType(typeConstraintAst.TypeName);

    /// <inheritdoc/>
    public override AstVisitAction VisitInvokeMemberExpression(InvokeMemberExpressionAst methodCallAst)
    {
        if (methodCallAst.Member is not StringConstantExpressionAst { Value: var method })
            return AstVisitAction.Continue;
        var leaves = method.ToUpperInvariant() is "BEGININVOKE" or "INVOKEASYNC"
            || (methodCallAst.Expression is TypeExpressionAst { TypeName: var type }
                && NameOf(type) == "System.Net.Dns"
                && method.EndsWith("Async", StringComparison.OrdinalIgnoreCase));
        leaves |= methodCallAst.Arguments?.OfType<StringConstantExpressionAst>().Any(argument => Array.Exists(
            s_remote, start => argument.Value.StartsWith(start, StringComparison.OrdinalIgnoreCase))) == true;
        return leaves ? Refuse($"{method}()") : AstVisitAction.Continue;
    }

    /// <summary>Tells whether a statement calls any command with -Parallel, also by splatting.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="valueOf">The values of its variables.</param>
    /// <returns>True if it does.</returns>
    public static bool CallsParallel(Ast statement, Func<string, object?> valueOf)
    {
        return statement.FindAll(ast => ast is CommandAst, searchNestedScriptBlocks: true).Cast<CommandAst>().Any(
            command => Has(command, "Parallel", 2)
                || command.CommandElements.OfType<VariableExpressionAst>().Any(BringsParallel));

        bool BringsParallel(VariableExpressionAst variable) => variable.Splatted
            && PipelineValue.Unwrap(valueOf(variable.VariablePath.UserPath)) is IDictionary values
            && values.Keys.OfType<string>().Any(key => IsShortFor(key, "Parallel", 2));
    }

    // The texts that a command is given, also as -Name:text.
    private static IEnumerable<string> Constants(CommandAst command) => command.CommandElements.Skip(1)
        .Select(element => element is CommandParameterAst { Argument: { } argument } ? argument : element)
        .OfType<StringConstantExpressionAst>().Select(text => text.Value);

    private static bool IsShortFor(string given, string parameter, int shortest)
        => given.Length >= shortest && parameter.StartsWith(given, StringComparison.OrdinalIgnoreCase);

    private static bool Has(CommandAst command, string parameter, int shortest)
        => command.CommandElements.OfType<CommandParameterAst>()
            .Any(given => IsShortFor(given.ParameterName, parameter, shortest));

    private static bool Leaves(string type)
        => Array.Exists(s_types, prefix => type.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
            || $"System.{type}".StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static string NameOf(ITypeName type) => type.GetReflectionType()?.FullName ?? type.FullName;

    private AstVisitAction VisitType(ITypeName type)
        => Leaves(NameOf(type)) ? Refuse($"[{type.FullName}]") : AstVisitAction.Continue;

    private AstVisitAction Refuse(string what)
    {
        Refused = what;
        return AstVisitAction.StopVisit;
    }
}
