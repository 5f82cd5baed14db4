using LxcNetworking.Native;

namespace LxcNetworking.Files;

/// <summary>
/// Makes files as another user, for the calling thread until it is disposed of (setfsuid(2)). In an id-mapped mount,
/// as LXC makes of a container's root (<c>lxc.rootfs.options = idmap=container</c>), only users of the container have a
/// number, and this machine's root can make nothing there.
/// </summary>
internal readonly struct FileUser : IDisposable
{
    private readonly uint _user, _group;

    private FileUser(uint user, uint group) => (_user, _group) = (user, group);

    /// <summary>Takes a user's place. Where this process may not, all stays as it is.</summary>
    public static FileUser Become(uint user, uint group)
    {
        // The group first, as the right to change it does not go with the user.
        var before = LibC.SetFileGroup(group);
        return new FileUser(LibC.SetFileUser(user), before);
    }

    /// <summary>Takes the former place again.</summary>
    public void Dispose()
    {
        _ = LibC.SetFileUser(_user);
        _ = LibC.SetFileGroup(_group);
    }
}
