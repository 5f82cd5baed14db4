using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Namespaces;

/// <summary>
/// Knows what cannot stay in a network namespace that one thread of the process is in, as it works on other threads:
/// seen with strace(1).
/// </summary>
internal static class StayingInside
{
    // What blocks and functions call is followed until here.
    private const int MostBlocks = 500;

    private static readonly HashSet<string> s_commands = new(StringComparer.OrdinalIgnoreCase)
    {
        "Invoke-WebRequest", "Invoke-RestMethod", "Start-ThreadJob", "Update-Help", "Save-Help",
        "Find-PSResource", "Install-PSResource", "Save-PSResource", "Update-PSResource", "Publish-PSResource",
        "Find-Module", "Install-Module", "Save-Module", "Update-Module", "Publish-Module",
        "Find-Script", "Install-Script", "Save-Script", "Update-Script", "Publish-Script",
        "Find-Package", "Install-Package", "Save-Package",
    };

    private static readonly ConditionalWeakTable<Ast, BlockFindings> s_seen = [];

    /// <summary>
    /// Tells why a block cannot run inside: the first thing in it, or in a function that it calls, that would not stay.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="session">The session's providers, which know its functions and aliases.</param>
    /// <param name="reference">The namespace.</param>
    /// <returns>LeavesNamespace; null if nothing is seen.</returns>
    public static NetworkException? RefusalOf(
        ScriptBlock block, ProviderIntrinsics session, NamespaceReference reference)
    {
        var seen = new HashSet<Ast>([block.Ast]);
        var left = new Queue<Ast>(seen);
        while (left.TryDequeue(out var ast))
        {
            var findings = s_seen.GetValue(ast, BlockFindings.Of);
            if (findings.Refused is { } refused)
                return Refusal(refused, reference.Text);
            foreach (var name in findings.Variables)
            {
                if (Item("variable", name, session) is PSVariable { Value: ScriptBlock called })
                    Follow(called.Ast);
            }

            foreach (var name in findings.Commands)
            {
                var (function, command) = Resolve(name, session);
                if (function is null && s_commands.Contains(command))
                    return Refusal(command, reference.Text);
                if (function is not null)
                    Follow(function.ScriptBlock.Ast);
            }
        }

        return null;

        void Follow(Ast next)
        {
            if (seen.Count < MostBlocks && seen.Add(next))
                left.Enqueue(next);
        }
    }

    /// <summary>Tells what of a command that was looked up cannot stay inside.</summary>
    /// <param name="command">The command.</param>
    /// <param name="name">As it was written.</param>
    /// <param name="engine">The session's, which knows its variables.</param>
    /// <returns>What; null if nothing is seen.</returns>
    public static string? WhatLeaves(CommandInfo? command, string name, EngineIntrinsics engine)
    {
        while (command is AliasInfo alias)
            command = alias.ResolvedCommand;
        return command switch
        {
            CmdletInfo { Name: "ForEach-Object" } => CallsParallel(engine) ? BlockFindings.Parallel : null,
            CmdletInfo cmdlet => s_commands.Contains(cmdlet.Name) ? name : null,
            FunctionInfo { ModuleName: "PowerShellGet" or "PackageManagement" } function
                => s_commands.Contains(function.Name) ? name : null,
            // A module's function is whole only with what it does not do here.
            FunctionInfo { ModuleName: null or "" } function => FindingsOf(function.ScriptBlock).Refused,
            ExternalScriptInfo script => FindingsOf(script.ScriptBlock).Refused,
            _ => null,
        };
    }

    /// <summary>Makes what takes a command's place.</summary>
    /// <param name="command">The command.</param>
    /// <param name="name">The namespace.</param>
    /// <returns>A script that throws LeavesNamespace.</returns>
    public static ScriptBlock RefusingScript(string command, string name)
    {
        var (quotedCommand, quotedName) = (Quoted(command), Quoted(name));
        return ScriptBlock.Create(
            $"throw [LxcNetworking.Commands.Namespaces.NamespaceRefusal]::Of({quotedCommand}, {quotedName})");

        static string Quoted(string text) => $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";
    }

    /// <summary>Says that something would not stay.</summary>
    /// <param name="what">What.</param>
    /// <param name="name">The namespace.</param>
    /// <returns>LeavesNamespace.</returns>
    public static NetworkException Refusal(string what, string name) => new(
        NetworkErrorCode.LeavesNamespace,
        $"{what} works on threads that are not in the network namespace '{name}', so it would use another network. "
            + "Use Invoke-NetNamespace -Isolated, or a session of New-NetNamespaceSession.",
        what);

    // The function that a name leads to, and the last name on the way.
    private static (FunctionInfo? Function, string Name) Resolve(string name, ProviderIntrinsics session)
    {
        // Aliases of aliases end somewhere.
        for (var depth = 0; depth < 10; depth++)
        {
            if (Item("function", name, session) is FunctionInfo function)
                return (function, name);
            if (Item("alias", name, session) is not AliasInfo alias)
                break;
            name = BlockFindings.WithoutModule(alias.Definition);
        }

        return (null, name);
    }

    private static object? Item(string drive, string name, ProviderIntrinsics session)
    {
        try
        {
            return session.Item.Get([$"{drive}:{name}"], force: true, literalPath: true).FirstOrDefault()?.BaseObject;
        }
        catch (RuntimeException)
        {
            return null;
        }
    }

    private static BlockFindings FindingsOf(ScriptBlock block) => s_seen.GetValue(block.Ast, BlockFindings.Of);

    // The statement that is about to run, as a look-up does not know its parameters.
    private static bool CallsParallel(EngineIntrinsics engine)
        => Runspace.DefaultRunspace.Debugger.GetCallStack().FirstOrDefault()?.Position?.Text is { } text
            && BlockFindings.CallsParallel(
                Parser.ParseInput(text, out _, out _), engine.SessionState.PSVariable.GetValue);
}

/// <summary>What the engine throws in a command's place.</summary>
public static class NamespaceRefusal
{
    /// <summary>Says that a command would not stay in a namespace.</summary>
    /// <param name="command">The command.</param>
    /// <param name="name">The namespace.</param>
    /// <returns>LeavesNamespace.</returns>
    public static ErrorRecord Of(string command, string name)
        => new(
            StayingInside.Refusal(command, name),
            nameof(NetworkErrorCode.LeavesNamespace),
            ErrorCategory.InvalidOperation,
            command);
}
