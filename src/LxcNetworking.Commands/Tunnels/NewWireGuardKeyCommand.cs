using System.Management.Automation;
using System.Security;
using LxcNetworking.Commands.Common;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>A key pair, or a preshared key; what is secret is a secure string.</summary>
public sealed class WireGuardKey
{
    /// <summary>The public key; null for a preshared key.</summary>
    public WireGuardPublicKey? PublicKey { get; internal set; }

    /// <summary>The private key; null for a preshared key, or if it was written to a file.</summary>
    public SecureString? PrivateKey { get; internal set; }

    /// <summary>The preshared key; null for a pair, or if it was written to a file.</summary>
    public SecureString? PresharedKey { get; internal set; }

    /// <summary>The file that the private or preshared key was written to, or null.</summary>
    public string? Path { get; internal set; }
}

/// <summary>Makes a WireGuard key.</summary>
[Cmdlet(VerbsCommon.New, "WireGuardKey", SupportsShouldProcess = true)]
[OutputType(typeof(WireGuardKey))]
public sealed class NewWireGuardKeyCommand : NetworkCmdlet
{
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    [Parameter]
    public SwitchParameter Preshared { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var path = Path is null ? null : FullPath(Path);
        if (path is not null && !ShouldProcess(path, Preshared ? "Write preshared key" : "Write private key"))
            return;
        using var secret = Preshared ? WireGuardSecret.NewPresharedKey() : WireGuardSecret.NewPrivateKey();
        if (path is not null)
            secret.Save(path);
        WriteObject(new WireGuardKey
        {
            PublicKey = Preshared ? null : secret.PublicKey(),
            PrivateKey = Preshared || path is not null ? null : secret.ToSecureString(),
            PresharedKey = Preshared && path is null ? secret.ToSecureString() : null,
            Path = path,
        });
    }
}
