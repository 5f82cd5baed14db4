using System.Collections;
using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>Makes addresses of text without the old short forms: to .NET, "10.3" is 10.0.0.3 and "10" is
/// 0.0.0.10.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class StrictAddressAttribute : ArgumentTransformationAttribute
{
    /// <summary>Takes an address with a prefix length too, and gives an <see cref="IPPrefix"/>.</summary>
    public bool Prefix { get; init; }

    /// <summary>Takes the word <c>default</c>, for 0.0.0.0/0 or ::/0.</summary>
    public bool Default { get; init; }

    /// <summary>Takes an empty text for none, as Export-Csv writes it.</summary>
    public bool Optional { get; init; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
        => ListTextAttribute.Split(inputData) switch
        {
            "" when Optional => null,
            string text => Read(text),
            // To PowerShell an unquoted 10.3 is a number.
            IConvertible number => Read(number.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            IList list => list.Cast<object?>().Select(item => Transform(engineIntrinsics, item)).ToArray(),
            var other => other,
        };

    private object Read(string text)
    {
        if (!IPPrefix.TryParse(text, out var prefix, out var problem))
            throw new ArgumentTransformationMetadataException(
                Prefix
                    ? problem
                    : problem.Replace("10.0.3.1/24 or fd00::1/64", "10.0.3.1 or fd00::1", StringComparison.Ordinal));
        if (prefix.IsDefaultWord && !Default)
            throw new ArgumentTransformationMetadataException(
                "'default' is no address; it is a destination of routes.");
        if (Prefix)
            return prefix;
        return prefix.HasLength
            ? throw new ArgumentTransformationMetadataException(
                $"'{Netlink.KernelText.Printable(text)}' is a network; an address without a prefix length is needed "
                    + "here.")
            : prefix.Address;
    }
}
