using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Completers;

/// <summary>Offers names from the live system; what cannot be read is simply not offered.</summary>
public abstract class LiveCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        var word = (wordToComplete ?? string.Empty).Trim('\'', '"');
        var pattern = new WildcardPattern(WildcardPattern.Escape(word) + "*", WildcardOptions.IgnoreCase);
        List<(string Name, string ToolTip)> found;
        try
        {
            found = [
                .. Names(commandName, fakeBoundParameters).Where(item => IsMeant(pattern, item.Name))
                .DistinctBy(item => item.Name).OrderBy(item => item.Name, StringComparer.Ordinal),
            ];
        }
        catch (Exception e) when (e is NetworkException or NetlinkException or IOException
            or UnauthorizedAccessException or OperationCanceledException)
        {
            yield break;
        }

        foreach (var (name, toolTip) in found)
        {
            // Where wildcards are taken, a name that has some of their characters must not mean its neighbours too.
            var text = WildcardPattern.ContainsWildcardCharacters(name) && TakesWildcards(commandName, parameterName)
                ? WildcardPattern.Escape(name)
                : name;
            var quoted = name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.') && name.Length > 0
                && name[0] is not '-'
                ? name
                : "'" + CodeGeneration.EscapeSingleQuotedStringContent(text) + "'";
            yield return new CompletionResult(
                quoted, name, CompletionResultType.ParameterValue, toolTip.Length == 0 ? name : toolTip);
        }
    }

    private static bool TakesWildcards(string commandName, string parameterName)
        => typeof(LiveCompleter).Assembly.GetTypes()
            .FirstOrDefault(
                type => type.GetCustomAttribute<CmdletAttribute>() is { } cmdlet
                    && string.Equals(
                        $"{cmdlet.VerbName}-{cmdlet.NounName}", commandName, StringComparison.OrdinalIgnoreCase))
            ?.GetProperty(
                parameterName,
                BindingFlags.Public | BindingFlags.Instance
                    | BindingFlags.IgnoreCase)?.IsDefined(typeof(SupportsWildcardsAttribute)) == true;

    /// <summary>The names to choose from, each with a line about it.</summary>
    /// <param name="commandName">The cmdlet that is being typed.</param>
    /// <param name="bound">What has been typed so far.</param>
    /// <returns>The names.</returns>
    protected abstract IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound);

    /// <summary>How long a container runtime may keep somebody waiting who has pressed Tab.</summary>
    protected static TimeSpan Timeout => TimeSpan.FromSeconds(1);

    /// <summary>Tells whether a name is one of those that begin with what was typed.</summary>
    /// <param name="pattern">What was typed and anything after it.</param>
    /// <param name="name">The name.</param>
    /// <returns>True to offer it.</returns>
    protected virtual bool IsMeant(WildcardPattern pattern, string name)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return pattern.IsMatch(name);
    }

    /// <summary>The same for RUNTIME:NAME, of which the name alone can be typed as well.</summary>
    /// <param name="pattern">What was typed and anything after it.</param>
    /// <param name="name">The name.</param>
    /// <returns>True to offer it.</returns>
    protected static bool IsContainerMeant(WildcardPattern pattern, string name)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(name);
        return pattern.IsMatch(name)
            || (name.IndexOf(':', StringComparison.Ordinal) is var colon and > 0
                && pattern.IsMatch(name[(colon + 1)..]));
    }

    /// <summary>The stack of the namespace that was typed already, or the session's own.</summary>
    /// <param name="bound">What has been typed so far.</param>
    /// <param name="parameter">The parameter that names the namespace.</param>
    /// <returns>The stack.</returns>
    protected static NetworkStack StackOf(IDictionary bound, string parameter = "Namespace")
    {
        ArgumentNullException.ThrowIfNull(bound);
        using var stop = new CancellationTokenSource(Timeout);
        return ModuleStacks.Pool.Get(
            bound[parameter] switch
            {
                null => null,
                NamespaceReference reference => reference,
                NetNamespace item => new NamespaceReference(item),
                PSObject { BaseObject: NetNamespace item } => new NamespaceReference(item),
                var text => new NamespaceReference(text.ToString() ?? string.Empty),
            },
            stop.Token);
    }

    /// <summary>A line about a link.</summary>
    /// <param name="link">The link.</param>
    /// <returns>The line.</returns>
    protected static (string Name, string ToolTip) Describe(NetLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return (link.Name,
        $"{link.Kind}, {link.State}{(link.Master is null ? string.Empty : $", port of {link.Master}")}");
    }
}

/// <summary>Offers interface names of the namespace already typed, alternative ones too.</summary>
public class InterfaceCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
    {
        foreach (var link in StackOf(bound).Links.List(new LinkFilter { SkipStatistics = true }).Where(IsOffered))
        {
            var own = Describe(link);
            yield return own;
            foreach (var name in link.AlternativeName)
                yield return (name, $"{link.Name}: {own.ToolTip}");
        }
    }

    /// <summary>Leaves links out.</summary>
    /// <param name="link">A link.</param>
    /// <returns>True to offer it.</returns>
    protected virtual bool IsOffered(NetLink link) => true;
}

/// <summary>Offers bridges of the namespace already typed.</summary>
public sealed class BridgeCompleter : InterfaceCompleter
{
    /// <inheritdoc/>
    protected override bool IsOffered(NetLink link) => link is BridgeLink;
}

/// <summary>Offers bridge ports of the namespace already typed.</summary>
public sealed class BridgePortCompleter : InterfaceCompleter
{
    /// <inheritdoc/>
    protected override bool IsOffered(NetLink link) => link is { Master: not null };
}

/// <summary>Offers bonds of the namespace already typed.</summary>
public sealed class BondCompleter : InterfaceCompleter
{
    /// <inheritdoc/>
    protected override bool IsOffered(NetLink link) => link is { Kind: "bond" };
}

/// <summary>Offers bonds' ports of the namespace already typed.</summary>
public sealed class BondPortCompleter : InterfaceCompleter
{
    /// <inheritdoc/>
    protected override bool IsOffered(NetLink link) => link is { PortKind: "bond" };
}

/// <summary>Offers the multicast groups that bridges of the namespace already typed know.</summary>
public sealed class MulticastGroupCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound).Bridges.ListMdb().GroupBy(entry => entry.Group.ToString())
            .Select(group => (group.Key, string.Join(ValueList.Separator, group.Select(one => one.InterfaceAlias))));
}

/// <summary>Offers bridges and the other links that take ports.</summary>
public sealed class MasterCompleter : InterfaceCompleter
{
    /// <inheritdoc/>
    protected override bool IsOffered(NetLink link) => link?.Kind is "bridge" or "bond" or "vrf" or "team";
}

/// <summary>Offers the alternative names of the links already typed, or of all.</summary>
public sealed class AlternativeNameCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
    {
        var typed = LanguagePrimitives.ConvertTo<string[]>(bound["InterfaceAlias"]) ?? [];
        var patterns = typed.Select(text => new WildcardPattern(text, WildcardOptions.CultureInvariant)).ToList();
        return StackOf(bound).Links.List(new LinkFilter { SkipStatistics = true })
            .Where(link => patterns.Count == 0
                || link.AlternativeName.Prepend(link.Name).Any(name => patterns.Exists(one => one.IsMatch(name))))
            .SelectMany(link => link.AlternativeName.Select(name => (name, $"of {link.Name}")));
    }
}

/// <summary>Offers the kinds of the links that are there.</summary>
public sealed class KindCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound).Links.List(new LinkFilter { SkipStatistics = true }).GroupBy(link => link.Kind)
            .Select(group => (group.Key, $"{group.Count()} links"));
}

/// <summary>Offers namespaces: the named ones, the host's, and those of running containers.</summary>
public sealed class NamespaceCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
    {
        var names = ModuleStacks.Pool.Namespaces.List().Select(item => (item.Name!, item.Path))
            .Append((NamespaceReference.HostText, "the namespace of process 1"));
        var runtimes = ContainerStore.Runtimes.Where(runtime => runtime != ContainerStore.NamedRuntime).ToList();
        // A container's namespace goes with the container; only named ones can be removed.
        return commandName == "Remove-NetNamespace" ? names
            : names.Concat(new ContainerStore(ModuleStacks.Pool).List(runtimes, timeout: Timeout)
                .Where(item => item.Namespace is not null)
                .Select(item => (item.ToString(), string.Join(' ', item.IPv4))));
    }

    /// <inheritdoc/>
    protected override bool IsMeant(WildcardPattern pattern, string name) => IsContainerMeant(pattern, name);
}

/// <summary>Offers the two protocols.</summary>
public sealed class VlanProtocolCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => [("802.1Q", "the customer's tag"), ("802.1ad", "the provider's tag, around a customer's")];
}
