using System.Text;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Values;
using Netlink.Tests.Support;

namespace LxcNetworking.Fuzz;

/// <summary>
/// Docker and Podman over a stream in memory: answers of HTTP with JSON, cut off, in pieces, or spoilt. An input is the
/// answers to the requests in their order, each behind its length.
/// </summary>
internal static class EngineTargets
{
    private const string List = """
        [{"Id":"aa","Names":["/web"],"State":"running"},{"Names":["/old"],"State":"exited"},
        {"Names":["/db","/other"],"State":"created"}]
        """;
    private const string Web = """{"Name":"/web","State":{"Status":"running","Running":true,"Pid":1234}}""";
    private const string Db =
        """{"Name":"db","State":{"Status":"created","Pid":0},"NetworkSettings":{"Networks":{}}}""";

    public static IEnumerable<Target> All =>
        [Of("docker", "list of {0}"), Of("podman", "list of {0}"), Of("docker", "a container of {0}")];

    private static Target Of(string engine, string name)
    {
        var isList = name[0] == 'l';
        return new(
            string.Format(System.Globalization.CultureInfo.InvariantCulture, name, engine),
            isList ? [Join([Http(List), Http(Web), Http(Db)]), Join([Chunked(List), Http(Web), Missing])]
            : [Join([Http(Web), Http(Db)]), Join([Chunked(Db), Missing])],
            Spoil,
            bytes =>
            {
                var connections = new Answers(bytes);
                var runtime = new EngineRuntime(engine, null, "/memory") { Connection = connections.Connect };
                if (isList)
                {
                    Shown.Look(runtime.List(CancellationToken.None).ToList());
                    return;
                }

                Shown.Look(runtime.Get("web", CancellationToken.None));
                Shown.Look(runtime.FindById("0123456789ab", CancellationToken.None));
            },
            typeof(NetworkException))
        {
            Memory = 40 << 20,
            Show = bytes => Probe.Escaped(string.Join(" | ", Split(bytes).Select(Encoding.UTF8.GetString))),
        };
    }

    private static byte[] Missing => "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"u8.ToArray();

    internal static byte[] Http(string json) =>
        Encoding.UTF8.GetBytes(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                $"{Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}");

    private static byte[] Chunked(string json)
    {
        var half = json.Length / 2;
        return Encoding.UTF8.GetBytes(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: " +
                $"chunked\r\n\r\n{half:x}\r\n{json[..half]}\r\n{json.Length - half:x}\r\n{json[half..]}\r\n0\r\n\r\n");
    }

    private static byte[] Spoil(Generator random, IReadOnlyList<byte[]> corpus)
    {
        var answers = Split(random.Of(corpus));
        var at = random.Below(answers.Count);
        var text = Encoding.UTF8.GetString(answers[at]);
        var body = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        answers[at] = random.Below(5) switch
        {
            0 => random.Spoil(answers[at]),
            1 => Encoding.UTF8.GetBytes(random.Text([text])),
            2 => Encoding.UTF8.GetBytes(random.Text([text[..body]]) + text[body..]),
            _ => Http(random.Json([text.Contains("chunked", StringComparison.Ordinal) ? List : text[body..]])),
        };
        return Join(answers);
    }

    internal static byte[] Join(IReadOnlyList<byte[]> answers) =>
        [.. answers.SelectMany(answer => (byte[])[.. BitConverter.GetBytes(answer.Length), .. answer])];

    private static List<byte[]> Split(ReadOnlySpan<byte> bytes)
    {
        var answers = new List<byte[]>();
        while (bytes.Length >= 4 && BitConverter.ToInt32(bytes) is var length && length >= 0
            && length <= bytes.Length - 4)
        {
            answers.Add(bytes.Slice(4, length).ToArray());
            bytes = bytes[(4 + length)..];
        }

        return answers;
    }

    /// <summary>The engine's end: each request gets the next answer, and after the last one the connection is
    /// closed.</summary>
    internal sealed class Answers(byte[] input)
    {
        private readonly Queue<byte[]> _answers = new(Split(input));

        public Stream Connect() => new Connection(this);

        private ReadOnlyMemory<byte> Next()
        {
            lock (_answers)
                return _answers.TryDequeue(out var answer) ? answer : default;
        }

        private sealed class Connection(Answers answers) : Stream
        {
            private ReadOnlyMemory<byte> _rest;

            public override bool CanRead => true;

            public override bool CanSeek => false;

            public override bool CanWrite => true;

            public override long Length => throw new NotSupportedException();

            public override long Position
            {
                get => throw new NotSupportedException();
                set => throw new NotSupportedException();
            }

            // In pieces, as a slow engine sends them.
            public override int Read(Span<byte> buffer)
            {
                var piece = _rest[..Math.Min(Math.Min(_rest.Length, buffer.Length), _rest.Length % 97 + 1)];
                piece.Span.CopyTo(buffer);
                _rest = _rest[piece.Length..];
                return piece.Length;
            }

            public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

            public override ValueTask<int> ReadAsync(Memory<byte> buffer,
                CancellationToken cancellationToken = default) => new(buffer.IsEmpty ? 0 : Read(buffer.Span));

            public override Task<int> ReadAsync(byte[] buffer, int offset, int count,
                CancellationToken cancellationToken) => Task.FromResult(Read(buffer, offset, count));

            public override void Write(ReadOnlySpan<byte> buffer) => _rest = answers.Next();

            public override void Write(byte[] buffer, int offset, int count) => _rest = answers.Next();

            public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer,
                CancellationToken cancellationToken = default)
            {
                _rest = answers.Next();
                return default;
            }

            public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
            {
                _rest = answers.Next();
                return Task.CompletedTask;
            }

            public override void Flush()
            {
            }

            public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

            public override void SetLength(long value) => throw new NotSupportedException();
        }
    }
}
