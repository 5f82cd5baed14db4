using BenchmarkDotNet.Attributes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Tests;

namespace LxcNetworking.Codecs;

/// <summary>Reads what kernels told about links, and writes the requests that make links.</summary>
[MemoryDiagnoser]
public class CodecBenchmarks
{
    private static readonly NamespaceReference s_nowhere = new("nowhere");
    // Of these the older library knows no more than the name.
    private static readonly string[] s_onlyNow = ["ifb", "netkit"];
    private readonly List<Recording> _recordings =
        [.. Recording.All.Where(recording => !s_onlyNow.Contains(recording.Kind))];

    private readonly List<LinkSpec> _specs = [.. Specs.All];

    /// <summary>What is read and written, the same of both libraries.</summary>
    /// <returns>Lines of text.</returns>
    public IEnumerable<string> Work()
    {
        yield return $"{_recordings.Count} messages";
        foreach (var spec in _specs)
        {
            using var request = Request(spec);
            yield return $"{spec.Name} {Convert.ToHexString(request.Seal(1, 1, 0))}";
        }
    }

    /// <summary>Refuses to measure another library than the table will say.</summary>
    [GlobalSetup]
    public void Setup()
    {
        if (Environment.GetEnvironmentVariable("CODECS_LIBRARY") != Specs.Library || _recordings.Count == 0)
            throw new InvalidOperationException($"{_recordings.Count} messages, for the library {Specs.Library}.");
    }

    /// <summary>Reads each recorded message once.</summary>
    /// <returns>The indexes' sum.</returns>
    [Benchmark]
    public int ReadLinks()
    {
        var sum = 0;
        foreach (var recording in _recordings)
        {
            var reply = new NetlinkReply(recording.Type, NetlinkFlags.None, recording.Payload);
            sum += LinkParser.Parse(reply, s_nowhere)!.Index;
        }

        return sum;
    }

    /// <summary>Writes a request for each specification once.</summary>
    /// <returns>The bytes that were written.</returns>
    [Benchmark]
    public int WriteLinks()
    {
        var bytes = 0;
        foreach (var spec in _specs)
        {
            using var request = Request(spec);
            bytes += request.Seal(1, 1, 0).Length;
        }

        return bytes;
    }

    private static NetlinkRequest Request(LinkSpec spec)
    {
        var request = new NetlinkRequest(Rtm.NewLink, NetlinkFlags.Create | NetlinkFlags.Exclusive)
            .Header(default(IfInfoMsg));
        spec.WriteCommon(request, spec.Name, 3, 4, null);
        return request.Nest(
            Ifla.LinkInfo,
            info => info.PutString(IflaInfo.Kind, spec.Kind).Nest(IflaInfo.Data, data => Specs.Write(spec, data)));
    }
}
