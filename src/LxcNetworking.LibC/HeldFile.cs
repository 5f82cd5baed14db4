using System.Runtime.InteropServices;

namespace LxcNetworking.Native;

/// <summary>An open file whose number cannot become another file's while a call has it.</summary>
internal readonly ref struct HeldFile
{
    private readonly SafeHandle _file;
    private readonly bool _isHeld;

    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public HeldFile(SafeHandle file) => (_file = file).DangerousAddRef(ref _isHeld);

    public static implicit operator int(HeldFile held) => (int)held._file.DangerousGetHandle();

    public void Dispose()
    {
        if (_isHeld)
            _file.DangerousRelease();
    }
}
