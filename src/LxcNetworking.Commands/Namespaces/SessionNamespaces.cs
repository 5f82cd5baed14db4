using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Namespaces;

/// <summary>A namespace that a session is in.</summary>
/// <param name="Scope">Its scope.</param>
/// <param name="Name">As the user wrote it.</param>
/// <param name="IsBlock">True for that of a block, which only the block's end leaves.</param>
internal sealed record InnerNamespace(NamespaceScope Scope, string Name, bool IsBlock);

/// <summary>
/// The namespaces that a session is in, by Enter-NetNamespace or inside a block. The session's thread is in the
/// innermost one.
/// </summary>
internal sealed class SessionNamespaces
{
    private static readonly ConditionalWeakTable<Runspace, SessionNamespaces> s_sessions = [];

    private readonly List<InnerNamespace> _inner = [];
    private readonly EventHandler<CommandLookupEventArgs> _watch;
    private EventHandler<CommandLookupEventArgs>? _watchBefore;
    private EngineIntrinsics? _engine;
    private bool _isModuleRemoved;
    private int _poolThreads;

    // Where the thread is without any of them.
    private NamespaceScope? _outermost;

    public SessionNamespaces() => _watch = Watch;

    /// <summary>The session's own.</summary>
    public static SessionNamespaces Current => s_sessions.GetOrCreateValue(Runspace.DefaultRunspace);

    /// <summary>Whether a block of Invoke-NetNamespace runs.</summary>
    public bool IsInBlock => _inner.Exists(inner => inner.IsBlock);

    /// <summary>Where the session is, for its prompt; empty if it is in none of them.</summary>
    public string Text
    {
        get
        {
            if (_inner.Count == 0)
                return string.Empty;
            var names = string.Join('/', _inner.Select(inner => inner.Name));
            return _inner[^1].Scope.IsInside ? $"[netns {names}] " : $"[not in netns {names}] ";
        }
    }

    /// <summary>Goes into a namespace.</summary>
    /// <param name="reference">Which.</param>
    /// <param name="isBlock">For a block.</param>
    /// <param name="engine">The session's.</param>
    /// <param name="cancellation">Ends the wait for a container's runtime.</param>
    /// <returns>For <see cref="Leave"/>.</returns>
    public InnerNamespace Enter(
        NamespaceReference reference, bool isBlock, EngineIntrinsics engine, CancellationToken cancellation)
    {
        var outermost = _outermost ?? NamespaceScope.Enter(ModuleStacks.Pool, null, cancellation);
        try
        {
            var scope = NamespaceScope.Enter(ModuleStacks.Pool, reference, cancellation);
            var inner = new InnerNamespace(scope, reference.Text, isBlock);
            _outermost = outermost;
            _inner.Add(inner);
            _isModuleRemoved = false;
            BeginWatch(engine);
            return inner;
        }
        finally
        {
            if (_outermost is null)
                outermost.Dispose();
        }
    }

    /// <summary>Leaves what Enter-NetNamespace entered last.</summary>
    /// <returns>False if there is none, or none within the block that runs.</returns>
    public bool LeaveEntered()
    {
        if (_inner.Count == 0 || _inner[^1].IsBlock)
            return false;
        Leave(_inner[^1]);
        return true;
    }

    /// <summary>Leaves a namespace, and whatever was entered in it.</summary>
    /// <param name="inner">The namespace.</param>
    public void Leave(InnerNamespace inner)
    {
        foreach (var left in TakeOff(inner))
            left.Scope.Dispose();
        Go();
        if (_inner.Count == 0)
        {
            _outermost!.Dispose();
            _outermost = null;
            EndWatch();
        }
        else if (_isModuleRemoved)
        {
            LeaveEntered();
        }
    }

    /// <summary>
    /// Leaves what Enter-NetNamespace entered, as nobody else can any more. A block that
    /// removes the module ends where it is.
    /// </summary>
    public void RemoveModule()
    {
        _isModuleRemoved = true;
        LeaveEntered();
    }

    /// <summary>Does something where the thread would be without a namespace and whatever was entered in it.</summary>
    /// <param name="inner">The namespace.</param>
    /// <param name="work">What to do.</param>
    public void Outside(InnerNamespace inner, Action work)
    {
        var taken = TakeOff(inner);
        try
        {
            Go();
            MovePoolBack(taken);
            work();
        }
        finally
        {
            _inner.AddRange(taken);
            Go();
        }
    }

    private List<InnerNamespace> TakeOff(InnerNamespace inner)
    {
        var start = _inner.IndexOf(inner);
        var taken = _inner[start..];
        _inner.RemoveRange(start, taken.Count);
        return taken;
    }

    // What comes after the block may use the pool. Its threads are looked at if there is another
    // number of them than the last time.
    private void MovePoolBack(List<InnerNamespace> taken)
    {
        var count = ThreadPool.ThreadCount;
        if (count == _poolThreads)
            return;
        taken.ForEach(inner => inner.Scope.MovePoolBack());
        _poolThreads = count;
    }

    // Moves the thread to where it belongs now.
    private void Go() => (_inner.Count > 0 ? _inner[^1].Scope : _outermost!).Resume();

    // What each command's name leads to is looked at while the session is in a namespace: the prompt may be another
    // function each time.
    private void BeginWatch(EngineIntrinsics engine)
    {
        _engine = engine;
        if (engine.InvokeCommand.PostCommandLookupAction == _watch)
            return;
        _watchBefore = engine.InvokeCommand.PostCommandLookupAction;
        engine.InvokeCommand.PostCommandLookupAction = _watch;
    }

    private void EndWatch()
    {
        // Whoever has set another one since then calls this one, or does not mean to.
        if (_engine!.InvokeCommand.PostCommandLookupAction == _watch)
            _engine.InvokeCommand.PostCommandLookupAction = _watchBefore;
    }

    private void Watch(object? sender, CommandLookupEventArgs lookup)
    {
        _watchBefore?.Invoke(sender, lookup);
        if (_inner.Count == 0)
            return;
        if (lookup is { Command: FunctionInfo, CommandName: var name }
            && name.Equals("prompt", StringComparison.OrdinalIgnoreCase))
            lookup.CommandScriptBlock = NamespacePrompt.Script;
        else if (!_inner[^1].Scope.IsProcess
            && StayingInside.WhatLeaves(lookup.Command, lookup.CommandName, _engine!) is { } leaving)
            lookup.CommandScriptBlock = StayingInside.RefusingScript(leaving, _inner[^1].Name);
    }
}

/// <summary>What the prompt shows while the session is in a network namespace.</summary>
public static class NamespacePrompt
{
    // The session's own prompt is the first thing that runs, so that it finds the $? of the command before it.
    internal static ScriptBlock Script
        => ScriptBlock.Create(
            "[LxcNetworking.Commands.Namespaces.NamespacePrompt]::Show($(try { global:prompt } catch { 'PS> ' }))");

    /// <summary>Puts where the session is in front of its prompt.</summary>
    /// <param name="prompt">The prompt; of several objects the first one counts, as with PowerShell.</param>
    /// <returns>The prompt to show.</returns>
    public static string Show(object? prompt)
    {
        var shown = prompt is object?[] several ? several.FirstOrDefault() : prompt;
        return $"{SessionNamespaces.Current.Text}{shown}";
    }
}
