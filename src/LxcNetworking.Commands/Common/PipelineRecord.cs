using System.Collections;
using System.Globalization;
using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Links.Quality;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Common;

/// <summary>
/// What an object in the pipeline says of the network namespace that it is of: one of ours, what JSON, CSV, CLIXML,
/// Select-Object, a job or remoting made of one, or a user's own. It is read as it came, since PowerShell passes over a
/// property that it cannot convert.
/// </summary>
internal sealed class PipelineRecord
{
    private const string ThisMachine = "localhost", Separator = "LxcNetworking.";

    // What the kernel changes by itself, and the namespace, which is compared by its cookie.
    private static readonly HashSet<string> s_changing =
    [
        nameof(Namespace), nameof(NetLink.NamespaceId), nameof(NetRoute.Lifetime), nameof(NetRoute.Flags),
        nameof(NetNeighbor.State), nameof(NetNeighbor.IsRouter), nameof(NetIPAddress.AddressState),
        nameof(NetIPAddress.ValidLifetime), nameof(NetIPAddress.PreferredLifetime), nameof(BridgeFdbEntry.Used),
        nameof(BridgeFdbEntry.Updated), nameof(BridgeMdbEntry.Timer), nameof(BridgeVlan.ReceivedBytes),
        nameof(BridgeVlan.ReceivedPackets), nameof(BridgeVlan.SentBytes), nameof(BridgeVlan.SentPackets),
        nameof(NetLinkQuality.Dropped), nameof(NetLinkQuality.Overlimits), nameof(NetLinkQuality.QueuedPackets),
        nameof(NetLinkQuality.QueuedBytes),
    ];

    private readonly PSObject _record;
    private readonly Type? _type;

    /// <summary>Reads an object.</summary>
    /// <param name="record">As it came.</param>
    /// <exception cref="NetworkException">InvalidArgument: it is nothing. OtherMachine.</exception>
    public PipelineRecord(PSObject? record)
    {
        _record = record ?? throw new NetworkException(
            NetworkErrorCode.InvalidArgument, "What came down the pipeline is nothing ($null).");
        _type = TypeOf(record);
        RefuseOtherMachine();
    }

    /// <summary>Whether it is a namespace, in whatever form.</summary>
    public bool IsNamespace => _type == typeof(NetNamespace);

    /// <summary>Whether it is a container, in whatever form.</summary>
    public bool IsContainer => _type == typeof(NetContainer);

    /// <summary>Whether it is a whole stack, whose name is not the name of anything in it.</summary>
    public bool IsStack => IsNamespace || IsContainer;

    /// <summary>Whether it says which namespace it is of, in whatever words.</summary>
    public bool HasNamespace => _record.Properties[nameof(Namespace)] is not null;

    /// <summary>
    /// The name of what is to be made: the text that it is, or its Name if it is a namespace or a user's own object.
    /// </summary>
    /// <exception cref="NetworkException">InvalidArgument: it has none.</exception>
    public string NewName => _record.BaseObject as string
        ?? (IsNamespace || (_type is null && !HasNamespace) ? ValueOf("Name") as string : null)
        ?? throw new NetworkException(
            NetworkErrorCode.InvalidArgument,
            $"The object in the pipeline ({Netlink.KernelText.Printable(_record.BaseObject.GetType().Name)}) is "
                + "no name and has no Name.",
            _record.ToString());

    /// <summary>The namespace that it is of; null if it is nothing that has one.</summary>
    /// <exception cref="NetworkException">InvalidArgument: it has one that cannot be read, or has lost it.
    /// ContainerNotFound: it is a container that does not run. OtherMachine.</exception>
    public NamespaceReference? Namespace
    {
        get
        {
            if (_record.BaseObject is NetContainer container)
                return container;
            if (HasNamespace)
                return Read(ValueOf(nameof(Namespace)));
            if (_type?.GetProperty(nameof(Namespace)) is null && TextOf("NamespaceId") is null)
                return null;
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"This {_type?.Name ?? "object"} does not say any more which network namespace it is of. "
                    + "Select its Namespace too (Select-Object Name, Namespace), or write -Namespace.",
                _record.ToString());
        }
    }

    /// <summary>The container that it is, so that it is found by what it says and is no other one.</summary>
    /// <returns>Null if it is none, or is no text.</returns>
    public ContainerReference? AsContainer()
    {
        var name = IsNamespace || IsContainer ? TextOf(nameof(Namespace)) : TextOf("Container");
        return name is null || Namespace is not { } reference ? null : new ContainerReference(name, reference);
    }

    /// <summary>The namespace to work in.</summary>
    /// <param name="value">The value of -Namespace: what a user wrote, or what PowerShell has read of
    /// the object; null if none.</param>
    /// <param name="cancellation">Ends the wait for a container's runtime.</param>
    /// <returns>The one that both mean; null if neither names any.</returns>
    /// <exception cref="NetworkException">InvalidArgument: they are not the same. As for
    /// <see cref="Namespace"/>.</exception>
    public NamespaceReference? Lead(NamespaceReference? value, CancellationToken cancellation)
    {
        var own = value is not null && !HasNamespace
            ? TextOf("NamespaceId") is { } id ? NamespaceReference.Read(value.Text, id) : value
            : Namespace;
        if (own is null || value is null || own.Equals(value)
            || ModuleStacks.Pool.AreSame(own, value, cancellation))
            return own;
        throw new NetworkException(
            NetworkErrorCode.InvalidArgument,
            $"'{Netlink.KernelText.Printable(_record.ToString())}' is an object of the network namespace "
                + $"'{Netlink.KernelText.Printable(own.Text)}', but '{Netlink.KernelText.Printable(value.Text)}' is "
                + "named besides. Leave one of them out: Select-Object * -ExcludeProperty Namespace, NamespaceId.",
            own.Text);
    }

    /// <summary>
    /// Tells whether it is what JSON, CSV, CLIXML, Select-Object, a job or remoting made of an object.
    /// </summary>
    /// <param name="type">The object's type. Where the text has lost it, the object is known by
    /// having all the properties.</param>
    public bool IsTextOf(Type type) => _record.BaseObject is PSCustomObject
        && (_type == type
            || (_type is null && type.GetProperties().All(property => _record.Properties[property.Name] is not null)));

    /// <summary>Finds the object that the text was made of.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="candidates">All that there are.</param>
    /// <returns>The only one that has all that the text says.</returns>
    /// <exception cref="NetworkException">ObjectNotFound, InvalidArgument.</exception>
    public T FindOriginal<T>(IEnumerable<T> candidates)
        where T : class
    {
        var found = candidates.Where(candidate => IsTextOf(_record, candidate)).ToList();
        return found.Count == 1 ? found[0] : throw (found.Count == 0
            ? new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"There is no {typeof(T).Name} any more that has all that the object in the pipeline says. "
                    + "Read it again.",
                _record.ToString())
            : new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The object in the pipeline is text by now, and {found.Count} {typeof(T).Name} objects have all that "
                    + $"it says, as {string.Join("; ", found.Take(3))}. Pipe the one that is meant as the command "
                    + "gave it.",
                _record.ToString()));
    }

    private NamespaceReference Read(object? value) => value switch
    {
        NamespaceReference reference => reference,
        NetNamespace item => new NamespaceReference(item),
        NetContainer item => item,
        string { Length: > 0 } text => NamespaceReference.Read(text, TextOf("NamespaceId")),
        int or long => NamespaceReference.Read(
            Convert.ToString(value, CultureInfo.InvariantCulture)!, TextOf("NamespaceId")),
        null or "" when IsContainer => throw new NetworkException(
            NetworkErrorCode.ContainerNotFound,
            $"The container '{TextOf("Name")}' was not running, so it has no network. "
                + "Start it, and read it again with Get-NetContainer.",
            TextOf("Name")),
        _ => throw new NetworkException(
            NetworkErrorCode.InvalidArgument,
            value is null or ""
                ? "The object's Namespace is empty. Leave the property out to mean the session's own network "
                    + "namespace, or write one."
                : $"The object's Namespace is no text but {Netlink.KernelText.Printable(value.GetType().Name)}. "
                    + "It was changed on its way; read the object again.",
            _record.ToString()),
    };

    // Invoke-Command and Receive-Job say where an object comes from. A job of this machine's says localhost
    // and is not shown so; what is shown so may have come through a forwarded port, and is of this machine
    // only if its namespace's id is.
    private void RefuseOtherMachine()
    {
        if (_record.BaseObject is string || TextOf("PSComputerName") is not { } computer)
            return;
        if (computer == ThisMachine
            && (TextOf("NamespaceId") is not null
                || !bool.TrueString.Equals(TextOf("PSShowComputerName"), StringComparison.OrdinalIgnoreCase)))
            return;
        throw new NetworkException(
            NetworkErrorCode.OtherMachine,
            $"The object was read on '{Netlink.KernelText.Printable(computer)}', and this command works on this "
                + "machine. Run the whole pipeline there with Invoke-Command.",
            _record.ToString());
    }

    private object? ValueOf(string property)
    {
        try
        {
            return PipelineValue.Unwrap(_record.Properties[property]?.Value);
        }
        catch (GetValueException)
        {
            return null;
        }
    }

    private static bool IsTextOf(PSObject text, object original) => original.GetType().GetProperties().All(property
        => s_changing.Contains(property.Name)
            || text.Properties[property.Name] is not { } said
            || IsSame(property.GetValue(original), said.Value));

    // CSV has only texts, and PowerShell takes every text for a true value: texts are compared as texts.
    private static bool IsSame(object? own, object? said) => said is PSObject { BaseObject: PSCustomObject } text
        ? own is not null && IsTextOf(text, own)
        : PipelineValue.Unwrap(said) switch
        {
            null or "" => own is null or "" or ICollection { Count: 0 },
            string words => string.Equals(
                LanguagePrimitives.ConvertTo<string>(own is ICollection ? own.ToString() : own),
                words,
                StringComparison.Ordinal),
            ICollection values => own is ICollection list && list.Count == values.Count
                && list.Cast<object?>().Zip(values.Cast<object?>()).All(pair => IsSame(pair.First, pair.Second)),
            // JSON has the number of what has no name, too, which PowerShell takes for no value of the type.
            int or long when own is Enum => Convert.ToInt64(own, CultureInfo.InvariantCulture)
                == Convert.ToInt64(PipelineValue.Unwrap(said), CultureInfo.InvariantCulture),
            var value => LanguagePrimitives.Equals(own, value)
                || (own?.GetType() == value.GetType() && own.ToString() == value.ToString()),
        };

    private string? TextOf(string property) => ValueOf(property)?.ToString() is { Length: > 0 } text ? text : null;

    // The type that it is or was: PowerShell puts Deserialized., Selected. or CSV: before the name. JSON keeps no name,
    // but namespaces and containers have properties that nothing else has.
    private static Type? TypeOf(PSObject record)
    {
        var core = typeof(NetNamespace).Assembly;
        if (record.BaseObject.GetType() is var own && own.Assembly == core)
            return own;
        foreach (var name in record.TypeNames)
        {
            if (name.IndexOf(Separator, StringComparison.Ordinal) is var start and >= 0
                && core.GetType(name[start..].Split('#')[0]) is { } type)
                return type;
        }

        if (record.BaseObject is not PSCustomObject)
            return null;
        return Has("IsCurrent") || Has("IsHost") || (Has("Path") && Has("Id")) ? typeof(NetNamespace)
            : Has("Runtime") || Has("ProcessId") ? typeof(NetContainer) : null;

        bool Has(string property) => record.Properties[property] is not null;
    }
}
