using System.Text;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>A setting of an interface that has a file of its own.</summary>
/// <param name="Name">Its name below /proc/sys/net, with a star for the interface:
/// <c>ipv6/conf/*/accept_ra</c>.</param>
/// <param name="Value">What is in the file.</param>
internal sealed record InterfaceSetting(string Name, string Value);

/// <summary>What is set for one interface below /proc/sys/net (Documentation/networking/ip-sysctl.rst).</summary>
internal static class InterfaceSettings
{
    /// <summary>Whether routers are believed; the filter for sources that are reached another way.</summary>
    public const string AcceptRa = "ipv6/conf/*/accept_ra", RpFilter = "ipv4/conf/*/rp_filter";

    private const string Root = "/proc/sys/net/";
    private static readonly string[] s_folders = ["ipv4/conf", "ipv6/conf", "ipv4/neigh", "ipv6/neigh"];

    // The first is the kernel's own, the second follows from the link's MTU, the third cannot be read until it is set.
    private static readonly string[] s_passedOver = ["mc_forwarding", "mtu", "stable_secret"];

    /// <summary>Gives an interface all that another one has otherwise, as far as the kernel takes it.</summary>
    /// <param name="stack">Where both are.</param>
    /// <param name="from">The one whose settings are taken.</param>
    /// <param name="to">The one that gets them.</param>
    /// <param name="except">Names of settings that it keeps.</param>
    public static void Copy(NetworkStack stack, NetLink from, NetLink to, params string[] except)
    {
        var theirs = stack.Within(() => Read(to.Name)).ToDictionary(setting => setting.Name, setting => setting.Value);
        foreach (var setting in stack.Within(() => Read(from.Name)))
        {
            if (!except.Contains(setting.Name) && theirs.TryGetValue(setting.Name, out var value)
                && value != setting.Value)
                TryWrite(stack, to, setting);
        }
    }

    /// <summary>Reads one setting.</summary>
    /// <returns>Null if there is none.</returns>
    public static InterfaceSetting? Find(NetworkStack stack, string interfaceAlias, string name) => stack.Within(() =>
        TryRead(PathOf(name, interfaceAlias)) is { } value ? new InterfaceSetting(name, value) : null);

    /// <summary>Writes a setting, if that is allowed.</summary>
    /// <returns>False if it is not, or there is no such setting.</returns>
    public static bool TryWrite(NetworkStack stack, NetLink link, InterfaceSetting setting) => stack.Within(() =>
    {
        try
        {
            File.WriteAllText(PathOf(setting.Name, link.Name), setting.Value);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    /// <summary>Tells whether a file's name is that of a setting.</summary>
    public static bool IsName(string name) => name is AcceptRa or RpFilter;

    private static List<InterfaceSetting> Read(string interfaceAlias)
    {
        var result = new List<InterfaceSetting>();
        foreach (var folder in s_folders)
        {
            var path = $"{Root}{folder}/{FileNameOf(interfaceAlias)}";
            if (!Directory.Exists(path))
                continue;
            foreach (var file in Directory.GetFiles(path))
            {
                var name = Path.GetFileName(file);
                if (!s_passedOver.Contains(name) && TryRead(file) is { } value)
                    result.Add(new InterfaceSetting($"{folder}/*/{name}", value));
            }
        }

        return result;
    }

    private static string PathOf(string name, string interfaceAlias)
        => Root + name.Replace("*", FileNameOf(interfaceAlias), StringComparison.Ordinal);

    private static string FileNameOf(string interfaceAlias)
        => Encoding.UTF8.GetString(KernelText.Encode(interfaceAlias));

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
