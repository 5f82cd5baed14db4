using LxcNetworking.WireGuard;

namespace LxcNetworking.Tests;

/// <summary>The vectors of RFC 7748, sections 5.2 and 6.1.</summary>
public class Curve25519Tests
{
    [Theory]
    [InlineData("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")]
    [InlineData("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957")]
    public void A_scalar_times_a_point(string scalar, string point, string product) =>
        Assert.Equal(product, Times(scalar, point));

    [Theory]
    [InlineData(1, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")]
    [InlineData(1000, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51")]
    public void Again_and_again(int times, string result)
    {
        var k = "0900000000000000000000000000000000000000000000000000000000000000";
        var u = k;
        for (var i = 0; i < times; i++)
            (k, u) = (Times(k, u), k);
        Assert.Equal(result, k);
    }

    [Fact]
    public void Two_pairs_agree_on_a_secret()
    {
        const string Alice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            AlicePublic = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
        const string Bob = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
            BobPublic = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
        const string Shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
        Assert.Equal((AlicePublic, BobPublic), (Public(Alice), Public(Bob)));
        Assert.Equal((Shared, Shared), (Times(Alice, BobPublic), Times(Bob, AlicePublic)));
    }

    [Theory]
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [InlineData("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    public void A_coordinate_that_is_not_below_the_prime_counts_as_what_is_left_of_it(string point)
    {
        var scalar = "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4";
        var value = new System.Numerics.BigInteger(Convert.FromHexString(point),
            isUnsigned: true) & ((System.Numerics.BigInteger.One << 255) - 1);
        var reduced = value % ((System.Numerics.BigInteger.One << 255) - 19);
        var bytes = new byte[32];
        reduced.TryWriteBytes(bytes, out _, isUnsigned: true);
        Assert.Equal(Times(scalar, Convert.ToHexString(bytes)), Times(scalar, point));
    }

    private static string Public(string scalar)
    {
        var result = new byte[32];
        Curve25519.PublicKey(Convert.FromHexString(scalar), result);
        return Convert.ToHexStringLower(result);
    }

    private static string Times(string scalar, string point)
    {
        var result = new byte[32];
        Curve25519.Multiply(Convert.FromHexString(scalar), Convert.FromHexString(point), result);
        return Convert.ToHexStringLower(result);
    }
}
