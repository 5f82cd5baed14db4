using System.Globalization;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Files;
using LxcNetworking.Helper;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Networks;

/// <summary>
/// The folders of container networks. A network's folder is called like it, or <c>NAME@COOKIE</c> where another
/// namespace has a network of that name; no name has an '@' in it.
/// </summary>
internal static class NetworkFolders
{
    private const char Separator = '@';

    /// <summary>All folders that are there, of whichever namespace.</summary>
    public static IEnumerable<RunFolder> All => RunFolder.Names()
        .Where(name => name is not (MovedLinks.FolderName or LeaseRecords.FolderName or HelperProgram.FolderName
            or RunFolder.StateName))
        .Select(name => new RunFolder(name));

    /// <summary>The name of a folder's network.</summary>
    public static string NameOf(RunFolder folder) => Path.GetFileName(folder.Path).Split(Separator)[0];

    /// <summary>Where a network of a namespace is on file if it is there; what is on file may be another
    /// namespace's.</summary>
    /// <exception cref="NetworkException">NotSupported: what is there is no folder of this user's alone.</exception>
    public static RunFolder Of(NetworkStack stack, string name)
        => OwnOf(stack, name) is { Exists: true } own ? own : new RunFolder(name);

    /// <summary>Where a network of a namespace is on file, or is to be. Records of its name that ended namespaces have
    /// left are removed, but for that in the folder itself.</summary>
    /// <exception cref="NetworkException">InvalidArgument: what is on file is spoilt; NotSupported;
    /// PermissionDenied.</exception>
    public static RunFolder Take(NetworkStack stack, string name)
    {
        foreach (var other in All.Where(folder => NameOf(folder) == name && folder.Path != new RunFolder(name).Path
            && folder.Path != OwnOf(stack, name).Path))
        {
            if (NetworkState.Read(other) is { } left && !IsAlive(stack.Pool, left, other))
                NetworkState.Forget(other);
        }

        var found = Of(stack, name);
        return NetworkState.Read(found) is { } state && state.Cookie != stack.Cookie
            && IsAlive(stack.Pool, state, found) ? OwnOf(stack, name) : found;
    }

    private static RunFolder OwnOf(NetworkStack stack, string name)
        => new(string.Create(CultureInfo.InvariantCulture, $"{name}{Separator}{stack.Cookie}"));

    private static bool IsAlive(NetworkStackPool pool, NetworkState state, RunFolder folder)
    {
        if (Dnsmasq.ProcessOf(folder) > 0)
            return true;
        try
        {
            return pool.Get(new NamespaceReference(state.Namespace)).Cookie == state.Cookie;
        }
        catch (NetworkException)
        {
            return false;
        }
    }
}
