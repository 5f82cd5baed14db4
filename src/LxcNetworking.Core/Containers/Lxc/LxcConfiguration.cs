using System.Globalization;
using System.Text;
using LxcNetworking.Files;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Lxc;

/// <summary>
/// An LXC container's configuration file and the networks in it. Changes are made in memory and shown by
/// <see cref="Changes"/>;
/// <see cref="Save"/> writes them. Every line that is not a changed network's stays byte for byte. Files that it
/// includes are not read.
/// </summary>
public sealed class LxcConfiguration
{
    /// <summary>Where LXC keeps its containers unless told otherwise (lxc.system.conf(5), lxc.lxcpath).</summary>
    public const string DefaultLxcPath = "/var/lib/lxc";

    private byte[] _content;
    private List<LxcConfigurationLine> _original;
    private List<LxcConfigurationLine> _lines;
    private LxcConfigurationReader _reader;

    private LxcConfiguration(string path, string? container)
        : this(path, container, LxcConfigurationFile.Read(path))
    {
    }

    internal LxcConfiguration(string path, string? container, byte[] content)
    {
        (Path, Container, _content) = (path, container, content);
        _original = LxcConfigurationLine.Split(_content);
        _lines = [.. _original];
        _reader = new LxcConfigurationReader(_lines);
        if (_reader.Problems.Find(item => item.Line.Problem is not null).Text is { } problem)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{KernelText.Printable(path)}', {problem}. Correct it with an editor.",
                path);
    }

    /// <summary>The file as it was named; it may be a symbolic link.</summary>
    public string Path { get; }

    /// <summary>The container, if the file was found by its name.</summary>
    public string? Container { get; }

    /// <summary>The networks, by their index.</summary>
    public IReadOnlyList<LxcNetworkConfig> Networks
        => [.. _reader.Networks.Select(network => new LxcNetworkConfig(network, Path, Container))];

    /// <summary>What LXC would refuse in the network keys, as sentences' ends with the line's number.</summary>
    public IReadOnlyList<string> Problems => [.. _reader.Problems.Select(problem => problem.Text)];

    /// <summary>The lines that <see cref="Save"/> takes out ("- …") and puts in ("+ …").</summary>
    public IReadOnlyList<string> Changes
    {
        get
        {
            var changes = new List<string>();
            var next = 0;
            foreach (var line in _lines)
            {
                if (line.Origin is { } origin)
                {
                    for (; !ReferenceEquals(_original[next], origin); next++)
                        changes.Add("- " + _original[next].Text);
                    next++;
                    if (line.Text == origin.Text)
                        continue;
                    changes.Add("- " + origin.Text);
                }

                changes.Add("+ " + line.Text);
            }

            changes.AddRange(_original.Skip(next).Select(line => "- " + line.Text));
            return changes;
        }
    }

    /// <summary>The file as <see cref="Save"/> writes it.</summary>
    internal byte[] Content => [.. _lines.SelectMany(line => line.Bytes.ToArray())];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, or a symbolic link to it.</param>
    /// <returns>The configuration.</returns>
    /// <exception cref="NetworkException">ObjectNotFound, PermissionDenied; InvalidArgument for what is no file, too
    /// large, or has network keys that are not UTF-8.</exception>
    public static LxcConfiguration Open(string path) => new(System.IO.Path.GetFullPath(path), null);

    /// <summary>Reads a container's file.</summary>
    /// <param name="name">The container; LXC:NAME is taken too.</param>
    /// <param name="lxcPath">Where LXC keeps its containers.</param>
    /// <returns>The configuration.</returns>
    /// <exception cref="NetworkException">InvalidName, ContainerNotFound, and those of <see cref="Open"/>.</exception>
    public static LxcConfiguration OpenContainer(string name, string lxcPath = DefaultLxcPath)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.StartsWith("lxc:", StringComparison.Ordinal))
            name = name[4..];
        CheckName(name);
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(lxcPath), name, "config");
        try
        {
            return new(path, name);
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.ObjectNotFound)
        {
            throw new NetworkException(
                NetworkErrorCode.ContainerNotFound,
                $"There is no LXC container '{name}': '{KernelText.Printable(path)}' is missing.",
                name,
                e);
        }
    }

    /// <summary>The containers that have a configuration file.</summary>
    /// <param name="lxcPath">Where LXC keeps its containers.</param>
    /// <returns>Their names, in order; none where the folder is missing.</returns>
    /// <exception cref="NetworkException">PermissionDenied.</exception>
    public static IReadOnlyList<string> ContainerNames(string lxcPath = DefaultLxcPath)
    {
        try
        {
            return [
                .. Directory.GetDirectories(lxcPath)
                .Where(folder => File.Exists(System.IO.Path.Combine(folder, "config")))
                .Select(folder => System.IO.Path.GetFileName(folder)).Order(StringComparer.Ordinal),
            ];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Explain(
                e, $"The containers in '{KernelText.Printable(lxcPath)}' cannot be listed", lxcPath);
        }
    }

    /// <summary>Checks a container's name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="NetworkException">InvalidName.</exception>
    public static void CheckName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var problem = name switch
        {
            "" => "it is empty",
            "." or ".." => "it means a folder",
            _ when name[0] == '-' => "it begins with '-'",
            _ when name.Contains('/', StringComparison.Ordinal) => "it has a '/' in it",
            _ when name.Any(char.IsWhiteSpace) => "it has white space in it",
            _ when KernelText.Printable(name) != name => "it has characters in it that cannot be shown",
            _ when Encoding.UTF8.GetByteCount(name) > 255 => "it is longer than 255 bytes",
            _ => null,
        };
        if (problem is not null)
            throw new NetworkException(
                NetworkErrorCode.InvalidName,
                $"'{KernelText.Printable(name)}' cannot name an LXC container: {problem}.",
                name);
    }

    /// <summary>Adds a network after the last network's lines.</summary>
    /// <param name="settings">Its keys; the type is needed.</param>
    /// <param name="index">Its number; the next free one if null.</param>
    /// <returns>Its number.</returns>
    /// <exception cref="NetworkException">ObjectExists, InvalidArgument, InvalidName, NotSupported for a file with old
    /// keys.</exception>
    public int Add(LxcNetworkSettings settings, int? index = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        RefuseOld();
        var taken = _lines.Where(line => line.Key is not null).Select(line => LxcConfigurationReader.IndexOf(line.Key!))
            .ToHashSet();
        if (index is { } asked && _reader.Networks.Any(network => network.Index == asked))
            throw new NetworkException(
                NetworkErrorCode.ObjectExists,
                $"There is a network {asked} in '{KernelText.Printable(Path)}' already.",
                Path)
            {
                Advice =
                [
                    Advice.Omit(nameof(index)),
                    Advice.To(AdviceKind.Change, AdviceThing.LxcNetwork),
                ],
            };
        if (index < 0)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"{index} is no index of a network: 0 is the first.", Path);
        var number = index ?? Enumerable.Range(0, int.MaxValue).First(candidate => !taken.Contains(candidate));
        settings.CheckNew();
        Insert(
            _lines.FindLastIndex(line => line.Key is not null),
            Lines(number, settings.Values.Where(pair => pair.Value.Length > 0)));
        return number;
    }

    /// <summary>Changes a network's keys. Those of another type go with a change of type.</summary>
    /// <param name="index">Its number.</param>
    /// <param name="settings">The keys to change or, without a value, to take out.</param>
    /// <exception cref="NetworkException">ObjectNotFound, InvalidArgument, InvalidName, NotSupported for a file with
    /// old keys.</exception>
    public void Change(int index, LxcNetworkSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var network = Find(index);
        var values = new SortedDictionary<string, string[]>(settings.Values, settings.Values.Comparer);
        var type = values.TryGetValue(LxcConfigurationKeys.Type, out var types) && types.Length > 0
            ? types[0]
            : network.TypeText;
        settings.CheckChange(type);
        if (type != network.TypeText)
        {
            foreach (var (subkey, _, _) in network.Lines)
            {
                if (LxcConfigurationKeys.TypeOf(subkey) is { } only
                    && !string.Equals(only.ToString(), type, StringComparison.OrdinalIgnoreCase))
                    values[subkey] = [];
            }
        }

        foreach (var (subkey, wanted) in values)
        {
            Put(
                _reader.Networks.FirstOrDefault(item => item.Index == index)
                    ?? new LxcNetworkEntries(index, isLegacy: false),
                subkey,
                wanted);
            _reader = new LxcConfigurationReader(_lines);
        }
    }

    /// <summary>Takes a network's lines out.</summary>
    /// <param name="index">Its number.</param>
    /// <exception cref="NetworkException">ObjectNotFound, NotSupported for a file with old keys.</exception>
    public void Remove(int index)
    {
        var network = Find(index);
        // An earlier line that clears this network may be about an included file's, and stays; so do lines that it made
        // void.
        var last = _lines.FindLastIndex(
            line => line is { Value: "" }
                && (line.Key == "lxc.net" || line.Key == $"lxc.net.{index.ToString(CultureInfo.InvariantCulture)}"));
        var gone = _lines.Skip(last + 1)
            .Where(line => line.Key is not null && LxcConfigurationReader.IndexOf(line.Key) == network.Index)
            .ToHashSet();
        _lines.RemoveAll(gone.Contains);
        _reader = new LxcConfigurationReader(_lines);
    }

    /// <summary>
    /// Turns the old keys (<c>lxc.network.*</c>, to LXC 2.0) into the new ones, each in its place. Those of an empty
    /// network that had no effect, and with which LXC 5 would not start, become comments.
    /// </summary>
    /// <exception cref="NetworkException">InvalidArgument for an old key that LXC would not have taken.</exception>
    public void Update()
    {
        var old = _lines.Where(line => line.Key is { } key && LxcConfigurationReader.IsOld(key)).ToHashSet();
        if (_reader.Problems.Find(problem => old.Contains(problem.Line)).Text is { } refusal)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{KernelText.Printable(Path)}', {refusal}. Correct it with an editor; nothing was changed.",
                Path);
        var (names, idle) = (_reader.NewNames, _reader.Void);
        _lines = [
            .. _lines.Select(
                line => names.TryGetValue(line, out var name)
                    ? line.WithKey(idle.Contains(line) ? "# " + name : name)
                    : line),
        ];
        _reader = new LxcConfigurationReader(_lines);
    }

    /// <summary>Removes what killed commands left beside the file that they were about to replace.</summary>
    public void Sweep() => LxcConfigurationFile.Sweep(Path);

    /// <summary>Replaces the file at once, with owner, group and mode kept; does nothing where nothing
    /// changed.</summary>
    /// <exception cref="NetworkException">PermissionDenied; ResourceBusy if somebody else changed the file since it was
    /// read.</exception>
    public void Save()
    {
        var content = Content;
        if (content.AsSpan().SequenceEqual(_content))
            return;
        if (content.Length > LxcConfigurationFile.MaxBytes)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{KernelText.Printable(Path)}' would become larger than any LXC configuration is.",
                Path);
        LxcConfigurationFile.Replace(Path, _content, content);
        _content = content;
        _original = LxcConfigurationLine.Split(_content);
        _lines = [.. _original];
        _reader = new LxcConfigurationReader(_lines);
    }

    private static IEnumerable<(string Key, string Value)> Lines(
        int index, IEnumerable<KeyValuePair<string, string[]>> values)
        => values.SelectMany(
            pair => pair.Value,
            (pair, value) => ($"lxc.net.{index.ToString(CultureInfo.InvariantCulture)}.{pair.Key}", value));

    private LxcNetworkEntries Find(int index)
    {
        RefuseOld();
        return _reader.Networks.FirstOrDefault(network => network.Index == index)
            ?? throw new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"There is no network {index} in '{KernelText.Printable(Path)}'.",
                Path)
            {
                Advice = [Advice.List(AdviceThing.LxcNetwork)],
            };
    }

    // LXC since 3.0 refuses a file with old keys, so that a mixture would be of no use.
    private void RefuseOld()
    {
        if (_lines.Exists(line => line.Key is { } key && LxcConfigurationReader.IsOld(key)))
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"'{KernelText.Printable(Path)}' has old 'lxc.network' keys, which LXC refuses since 3.0.",
                Path)
            {
                Advice = [Advice.To(AdviceKind.Change, AdviceThing.LxcFile)],
            };
    }

    private void Put(LxcNetworkEntries network, string subkey, string[] wanted)
    {
        var found = network.Lines.Where(item => item.Subkey == subkey).Select(item => item.Line).ToList();
        // Of a single value only the last line counts, until all go.
        if (!LxcConfigurationKeys.IsList(subkey) && wanted.Length > 0 && found.Count > 1)
            found.RemoveRange(0, found.Count - 1);
        var last = -1;
        for (var i = 0; i < found.Count; i++)
        {
            last = _lines.IndexOf(found[i]);
            if (i >= wanted.Length)
                _lines.RemoveAt(last);
            else if (!IsSame(subkey, found[i].Value!, wanted[i]))
                _lines[last] = found[i].WithValue(wanted[i]);
        }

        if (wanted.Length <= found.Count)
            return;
        // A further value comes after the key's last line, the type before all others, anything else after the
        // network's last line.
        var after = last >= 0 ? last
            : subkey == LxcConfigurationKeys.Type && network.Lines.Count > 0 ? _lines.IndexOf(network.Lines[0].Line) - 1
            : _lines.FindLastIndex(
                line => line.Key is not null && LxcConfigurationReader.IndexOf(line.Key) == network.Index);
        Insert(after, Lines(network.Index, [new(subkey, wanted[found.Count..])]));
    }

    // A broadcast address after the same address stays.
    private static bool IsSame(string subkey, string value, string wanted)
        => value == wanted
            || (subkey == "ipv4.address" && !wanted.Contains(' ', StringComparison.Ordinal)
                && value.Split(' ')[0] == wanted)
            || (subkey == "flags" && wanted == "up");

    // After a line; -1 for the file's beginning, or its end where there is no network yet.
    private void Insert(int after, IEnumerable<(string Key, string Value)> values)
    {
        var hasAny = _lines.Exists(line => line.Key is not null);
        if (after < 0 && !hasAny)
            after = _lines.Count - 1;
        var model = _lines.ElementAtOrDefault(Math.Max(after, 0)) is { Ending.IsEmpty: false } line
            ? line
            : _lines.Find(item => !item.Ending.IsEmpty);
        var ending = model is null ? "\n"u8 : model.Ending;
        foreach (var (key, value) in values)
        {
            // A file without a last line feed goes on without one.
            var unfinished = after >= 0 && _lines[after].Ending.IsEmpty;
            if (unfinished)
                _lines[after] = _lines[after].WithEnding(ending);
            _lines.Insert(++after, LxcConfigurationLine.New(key, value, unfinished ? default : ending));
        }

        _reader = new LxcConfigurationReader(_lines);
    }
}
