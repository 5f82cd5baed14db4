using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads and changes WireGuard links' keys, ports and marks. Each link has them, so that they come and go with
/// it.</summary>
internal sealed class WireGuardItems : StateItems
{
    /// <inheritdoc/>
    public override IEnumerable<StateItem> Read(StateWorld world, string name, CancellationToken cancellation)
        => LinksOf(world, name, cancellation).Select(link =>
        {
            var item = new StateItem(WireGuardReading.KeyOf(StateKey.Link(name, link.Name)))
            {
                Identity = LinkItems.IdentityOf(link),
            };
            StateTables.WireGuard.Write(
                new WireGuardEntry
                {
                    PublicKey = link.PublicKey,
                    ListenPort = link.ListenPort,
                    FirewallMark = link.FirewallMark,
                },
                item.Values,
                _ => null);
            return item;
        });

    /// <summary>The WireGuard links of a namespace.</summary>
    public static IEnumerable<WireGuardLink> LinksOf(StateWorld world, string name, CancellationToken cancellation)
        => world.LinksOf(name, cancellation).Values.OfType<WireGuardLink>();

    /// <inheritdoc/>
    public override void Create(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => Set(home, step, _ => true, cancellation);

    /// <inheritdoc/>
    public override void Change(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => Set(home, step, step.Properties.Contains, cancellation);

    /// <inheritdoc/>
    public override void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
    }

    /// <summary>Adds to what is said what follows from the files that it names.</summary>
    /// <param name="item">What names a file with a secret, or anything else, which stays as it is.</param>
    /// <param name="force">Whether files that others may read are taken.</param>
    /// <exception cref="NetworkException">A file cannot be read, holds no key or another one than is said, or others
    /// than its owner may read it.</exception>
    public static StateItem Complete(StateItem item, bool force)
    {
        var path = item.Text(WireGuardReading.PrivateKeyFile) ?? item.Text(WireGuardReading.PresharedKeyFile);
        if (path is null)
            return item;
        using var secret = WireGuardSecret.FromRegularFile(path);
        if (!force && WireGuardSecret.IsExposed(path))
        {
            throw new NetworkException(
                NetworkErrorCode.PermissionDenied,
                $"Others than its owner may read the key file '{Netlink.KernelText.Printable(path)}': chmod 600 it.",
                path)
            {
                Advice = [Advice.Override],
            };
        }

        if (item.Text(WireGuardReading.PrivateKeyFile) is null)
            return item;
        var held = secret.PublicKey().ToString();
        if (item.Text(WireGuardReading.PublicKey) is { } said && said != held)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The file '{Netlink.KernelText.Printable(path)}' holds the private key of {held}, and not of {said}.",
                path);
        }

        return item with
        {
            Values = new(item.Values, StringComparer.Ordinal) { [WireGuardReading.PublicKey] = StateValue.Of(held) },
        };
    }

    private static void Set(
        NetworkStack home, StateStep step, Func<string, bool> isMeant, CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        var entry = (WireGuardEntry)StateTables.WireGuard.Read(step.After!.Values, _ => 0);
        var isKeyMeant = isMeant(WireGuardReading.PublicKey) || isMeant(WireGuardReading.PrivateKeyFile);
        using var key = isKeyMeant
            ? KeyOf(step.Key, entry.PrivateKeyFile, entry.PublicKey) ?? WireGuardSecret.None() : null;
        stack.WireGuard.Change(
            stack.Links.Get(step.Key.Name, cancellation),
            new WireGuardSettings
            {
                PrivateKey = key,
                ListenPort = isMeant("listenPort") ? entry.ListenPort : null,
                FirewallMark = isMeant("firewallMark") ? entry.FirewallMark : null,
            },
            cancellation);
    }

    // The file may have been written anew since the plan was made, or since it was first used.
    /// <summary>Reads a private key from the file that it is in.</summary>
    /// <param name="key">What it is for.</param>
    /// <param name="file">The file; null for none.</param>
    /// <param name="publicKey">The public key that goes with it; null for any.</param>
    /// <returns>Null where neither is said.</returns>
    public static WireGuardSecret? KeyOf(StateKey key, string? file, WireGuardPublicKey? publicKey)
    {
        if (file is null)
        {
            return publicKey is null ? null : throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The private key of the {key.Words} is in no file that a document names.",
                key.Name);
        }

        var secret = WireGuardSecret.FromRegularFile(file);
        var held = secret.PublicKey();
        if (publicKey is null || publicKey.Equals(held))
            return secret;
        secret.Dispose();
        throw new NetworkException(
            NetworkErrorCode.InvalidArgument,
            $"The file '{Netlink.KernelText.Printable(file)}' holds the private key of {held} by now, and not of "
                + $"{publicKey}.",
            file);
    }
}
