using System.Globalization;
using System.Text;
using LxcNetworking.Netlink;
using Netlink.Tests.Support;

namespace Netlink.Tests;

public sealed class KernelTextTests
{
    [Theory]
    [InlineData("eth0", "eth0")]
    [InlineData("", "")]
    [InlineData("a b", "a b")]
    [InlineData("brücke", "brücke")]
    [InlineData("网桥", "网桥")]
    [InlineData("🌉", "🌉")]
    [InlineData("\u001b[31mred\u001b[0m", "\\x1b[31mred\\x1b[0m")]
    [InlineData("a\r\n\tb\u007f", "a\\x0d\\x0a\\x09b\\x7f")]
    [InlineData("\u009b31m", "\\xc2\\x9b31m")] // CSI as one C1 character
    [InlineData("\u202egnp.exe", "\\xe2\\x80\\xaegnp.exe")] // right-to-left override
    [InlineData("a\u200bb", "a\\xe2\\x80\\x8bb")] // zero width space
    [InlineData("a\u2028b", "a\\xe2\\x80\\xa8b")]
    [InlineData("\ue000", "\\xee\\x80\\x80")] // private use
    [InlineData("a\\b", "a\\x5cb")]
    [InlineData("\\x41", "\\x5cx41")]
    public void TextIsHarmlessAndComesBack(string inKernel, string shown)
    {
        var bytes = Encoding.UTF8.GetBytes(inKernel);
        Assert.Equal(shown, KernelText.Decode(bytes));
        Assert.Equal(bytes, KernelText.Encode(shown));
    }

    [Theory]
    [InlineData(new byte[] { 0xff }, "\\xff")]
    [InlineData(new byte[] { 0xc3 }, "\\xc3")] // cut in the middle
    [InlineData(new byte[] { 0x61, 0xe2, 0x82 }, "a\\xe2\\x82")]
    [InlineData(new byte[] { 0xc0, 0xaf }, "\\xc0\\xaf")] // an over-long slash
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 }, "\\xed\\xa0\\x80")] // a surrogate
    [InlineData(new byte[] { 0xf4, 0x90, 0x80, 0x80 }, "\\xf4\\x90\\x80\\x80")] // beyond Unicode
    public void BytesThatAreNotUtf8AreShownAsBytes(byte[] bytes, string shown)
    {
        Assert.Equal(shown, KernelText.Decode(bytes));
        Assert.Equal(bytes, KernelText.Encode(shown));
    }

    [Fact]
    public void TextEndsAtNul() => Assert.Equal("ab", KernelText.Decode("ab\0cd\0"u8));

    [Fact]
    public void AnyBytesComeBackAndAreHarmless()
    {
        var random = new Generator(1);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = random.Bytes(random.Below(40));
            // Half of them near to text, so that the valid sequences are met too.
            if (random.Below(2) == 0)
                bytes = Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(bytes));
            for (var j = 0; j < bytes.Length; j++)
                bytes[j] = bytes[j] == 0 ? (byte)'\\' : bytes[j];
            var shown = KernelText.Decode(bytes);
            Assert.Equal(bytes, KernelText.Encode(shown));
            Assert.DoesNotContain(shown, character => char.IsControl(character)
                || char.GetUnicodeCategory(character) == UnicodeCategory.Format);
            Assert.Equal(shown, KernelText.Decode(KernelText.Encode(shown)));
        }
    }

    [Theory]
    [InlineData("\\", "\\")]
    [InlineData("\\x", "\\x")]
    [InlineData("\\x4", "\\x4")]
    [InlineData("\\xgg", "\\xgg")]
    [InlineData("\\x+1", "\\x+1")]
    [InlineData("\\x 1", "\\x 1")]
    [InlineData("\\X41", "\\X41")]
    [InlineData("\\x41", "A")]
    [InlineData("\\x4A\\x4b", "JK")]
    [InlineData("\\\\x41", "\\A")]
    [InlineData("🌉\\x41", "🌉A")]
    public void OnlyWholeEscapesAreUndone(string typed, string sent) =>
        Assert.Equal(Encoding.UTF8.GetBytes(sent), KernelText.Encode(typed));

    [Fact]
    public void HalfASurrogatePairDoesNotSwallowAnEscape() =>
        Assert.Equal("\ufffdA"u8.ToArray(), KernelText.Encode("\ud800\\x41"));

    [Fact]
    public void TextFromElsewhereIsMadePrintable()
    {
        Assert.Equal("a b\\x1b[0m\\x5c", KernelText.Printable("a\0b\u001b[0m\\"));
        Assert.Equal("\ufffd", KernelText.Printable("\ud800"));
    }
}
