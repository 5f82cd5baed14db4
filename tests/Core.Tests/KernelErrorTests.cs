using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>What becomes of the kernel's refusals.</summary>
public class KernelErrorTests
{
    [Theory]
    [InlineData(Rtm.NewLink, new ushort[] { Ifla.NetNsFd }, "IFLA_NET_NS_FD")]
    [InlineData(Rtm.SetLink, new ushort[] { Ifla.IfName }, "IFLA_IFNAME")]
    [InlineData(Rtm.NewLink, new ushort[] { Ifla.LinkInfo, 2, 15 }, "IFLA_LINKINFO/2/15")]
    [InlineData(Rtm.NewLink, new ushort[] { 999 }, "IFLA_999")]
    [InlineData(Rtm.NewAddr, new ushort[] { Ifa.RtPriority }, "IFA_RT_PRIORITY")]
    [InlineData(Rtm.NewRoute, new ushort[] { Rta.EncapType }, "RTA_ENCAP_TYPE")]
    [InlineData(Rtm.NewNeigh, new ushort[] { Nda.LlAddr }, "NDA_LLADDR")]
    [InlineData(Rtm.NewRule, new ushort[] { 5 }, "attribute 5")]
    public void The_attribute_that_the_kernel_blames_has_its_headers_name(ushort type, ushort[] path, string name)
    {
        var refusal = new NetlinkErrorException(Native.LibC.EINVAL, "Bad value", type, path);
        Assert.EndsWith($" [{name}].", KernelErrors.Explain(refusal, "try it", "a").Message, StringComparison.Ordinal);
    }
}
