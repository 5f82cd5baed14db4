using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Runtimes;

/// <summary>Docker and Podman, asked over HTTP through the engine's UNIX socket (the Docker Engine API, which Podman
/// speaks too).</summary>
/// <param name="prefix">The engine's name.</param>
/// <param name="variable">The environment variable by which the engine's own client is told of another socket
/// (<c>unix://PATH</c>), or null.</param>
/// <param name="sockets">Where the engine listens unless told otherwise.</param>
internal sealed class EngineRuntime(
    string prefix, string? variable, params IReadOnlyList<string> sockets) : ContainerRuntime
{
    private const int MaxAnswerBytes = 16 << 20;
    private const string UnixScheme = "unix://", Created = "created";

    /// <inheritdoc/>
    public override string Prefix => prefix;

    /// <summary>How long one answer may take.</summary>
    internal TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Makes a connection other than to a socket; for tests.</summary>
    internal Func<Stream>? Connection { get; init; }

    /// <summary>Docker as it is set up on this machine.</summary>
    public static EngineRuntime Docker() => new("docker", "DOCKER_HOST", Ordered("/run/docker.sock", "docker.sock"));

    /// <summary>Podman as it is set up on this machine.</summary>
    public static EngineRuntime Podman()
        => new("podman", "CONTAINER_HOST", Ordered("/run/podman/podman.sock", "podman/podman.sock"));

    /// <inheritdoc/>
    public override IEnumerable<ContainerRecord> List(CancellationToken cancellation)
    {
        if (Sockets() is not { Count: > 0 } paths)
            return [];
        using var engine = Open(paths);
        using var answer = Ask(engine, "/containers/json?all=true", cancellation);
        if (answer is null || answer.RootElement.ValueKind != JsonValueKind.Array)
            return [];
        var result = new List<ContainerRecord>();
        foreach (var item in answer.RootElement.EnumerateArray())
        {
            var name = item.ValueKind == JsonValueKind.Object && Find(item, "Names") is { } names
                && names.ValueKind == JsonValueKind.Array
                && names.GetArrayLength() > 0 ? Text(names[0])?.TrimStart('/') : null;
            if (string.IsNullOrEmpty(name) || Netlink.KernelText.Printable(name) != name)
                continue;
            // The list itself does not tell the process. What is not there any more when it is asked about has been
            // removed meanwhile.
            if (Text(item, "State") is "exited" or "dead" or "stopped")
                result.Add(new ContainerRecord(name, ContainerState.Stopped, 0));
            else if (Inspect(engine, name, cancellation) is { } record)
                result.Add(record);
        }

        return result;
    }

    /// <inheritdoc/>
    public override ContainerRecord Get(string name, CancellationToken cancellation)
    {
        if (Sockets() is not { Count: > 0 } paths)
            throw new NetworkException(
                NetworkErrorCode.DependencyFailed,
                $"'{prefix}:{name}' cannot be looked up: {prefix}'s socket {ChosenSocket() ?? sockets[0]} is not "
                    + $"there. Start the service ('systemctl start {prefix}.socket').",
                $"{prefix}:{name}");
        using var engine = Open(paths);
        return Inspect(engine, name, cancellation) ?? throw NotFound(name);
    }

    /// <inheritdoc/>
    public override ContainerRecord? FindById(string id, CancellationToken cancellation)
    {
        // As short as the engine's own lists show them.
        if (id.Length is < 12 or > 64 || !id.All(char.IsAsciiHexDigitLower) || Sockets() is not { Count: > 0 } paths)
            return null;
        using var engine = Open(paths);
        return Inspect(engine, id, cancellation);
    }

    /// <summary>The sockets on which the engine may listen.</summary>
    internal IReadOnlyList<string> Places => ChosenSocket() is { } chosen ? [chosen] : sockets;

    /// <summary>Listens to what happens to containers, until the engine ends the connection.</summary>
    /// <param name="onEvent">Called once the engine tells of what happens, and then whenever something does.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False where the engine cannot be asked.</returns>
    internal bool Listen(Action onEvent, CancellationToken cancellation)
    {
        const string Events = "/events?filters=";
        if (Sockets() is not { Count: > 0 } paths)
            return false;
        using var engine = Open(paths);
        engine.Timeout = System.Threading.Timeout.InfiniteTimeSpan;
        try
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Get,
                new Uri(Events + Uri.EscapeDataString("""{"type":["container"]}"""), UriKind.Relative));
            using var response = engine
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).GetAwaiter().GetResult();
            if (!response.IsSuccessStatusCode)
                return false;
            using var stream = response.Content.ReadAsStream(cancellation);
            var buffer = new byte[4096];
            do
                onEvent();
            while (stream.ReadAsync(buffer, cancellation).AsTask().GetAwaiter().GetResult() > 0);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return false;
        }
    }

    // Who is not root has an engine of their own, if any; root has the machine's.
    private static string[] Ordered(string machines, string own)
    {
        string[] users = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } folder
            ? [Path.Combine(folder, own)]
            : [];
        return Environment.IsPrivilegedProcess ? [machines, .. users] : [.. users, machines];
    }

    private static ContainerState StateOf(string? status, int processId) => status switch
    {
        "running" => ContainerState.Running,
        "paused" => ContainerState.Frozen,
        // Podman's "init" makes a container's first process and its network, and starts nothing in it yet.
        Created or "configured" or "initialized" when processId > 0 => ContainerState.Starting,
        "restarting" => ContainerState.Starting,
        "removing" or "stopping" => ContainerState.Stopping,
        Created or "configured" or "initialized" or "exited" or "dead" or "stopped" => ContainerState.Stopped,
        _ => ContainerState.Other,
    };

    /// <summary>The socket that the environment names. An engine elsewhere (tcp, ssh) has no namespaces on this
    /// machine, so that those of the engine here are meant.</summary>
    private string? ChosenSocket()
        => variable is not null && Environment.GetEnvironmentVariable(variable) is { } host
            && host.StartsWith(UnixScheme + "/", StringComparison.Ordinal)
            ? host[UnixScheme.Length..]
            : null;

    private List<string> Sockets()
        => Connection is not null
            ? [.. sockets]
            : [.. (ChosenSocket() is { } chosen ? [chosen] : sockets).Where(File.Exists)];

    private ContainerRecord? Inspect(HttpClient engine, string name, CancellationToken cancellation)
    {
        using var answer = Ask(engine, $"/containers/{Uri.EscapeDataString(name)}/json", cancellation);
        if (answer is null || answer.RootElement.ValueKind != JsonValueKind.Object
            || Find(answer.RootElement, "State") is not { } state || state.ValueKind != JsonValueKind.Object)
            return null;
        var id = Math.Max(
            Find(state, "Pid") is { } pid && pid.ValueKind == JsonValueKind.Number && pid.TryGetInt32(out var number)
                ? number
                : 0,
            0);
        // The engine also takes ids and their beginnings; what it found is what it calls it.
        var found = Text(answer.RootElement, "Name")?.TrimStart('/') ?? name;
        return new ContainerRecord(Netlink.KernelText.Printable(found), StateOf(Text(state, "Status"), id), id);
    }

    private HttpClient Open(List<string> paths) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, stop) => Connection?.Invoke()
            ?? new NetworkStream(await ConnectAsync(paths, stop).ConfigureAwait(false), ownsSocket: true),
        UseProxy = false,
        AllowAutoRedirect = false,
    })
    {
        Timeout = Timeout,
        MaxResponseContentBufferSize = MaxAnswerBytes,
        BaseAddress = new Uri("http://engine"),
    };

    /// <summary>An engine that was killed leaves its socket there, so the next one is tried.</summary>
    private static async Task<Socket> ConnectAsync(List<string> paths, CancellationToken stop)
    {
        for (var i = 0; ; i++)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(paths[i]), stop).ConfigureAwait(false);
                return socket;
            }
            catch (SocketException) when (i + 1 < paths.Count)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private JsonDocument? Ask(HttpClient engine, string request, CancellationToken cancellation)
    {
        // For messages: those that are there.
        var path = string.Join(", ", Sockets());
        try
        {
            using var response = engine.GetAsync(new Uri(request, UriKind.Relative), cancellation).GetAwaiter()
                .GetResult();
            if (response.StatusCode == HttpStatusCode.NotFound)
                return null;
            response.EnsureSuccessStatusCode();
            return JsonDocument.Parse(
                response.Content.ReadAsByteArrayAsync(cancellation).GetAwaiter().GetResult(),
                new JsonDocumentOptions { MaxDepth = 32 });
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new NetworkException(
                NetworkErrorCode.TimedOut,
                $"{prefix} did not answer on {path} within {Timeout.TotalSeconds:0.#} seconds.",
                prefix);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException)
        {
            throw (e.InnerException as SocketException)?.SocketErrorCode switch
            {
                SocketError.AccessDenied => new NetworkException(
                    NetworkErrorCode.PermissionDenied,
                    $"This user may not ask {prefix}: the socket {path} is open to root and to the group that owns it.",
                    prefix,
                    e)
                {
                    Advice = [Advice.RunPrivileged],
                },
                SocketError.ConnectionRefused => new NetworkException(
                    NetworkErrorCode.DependencyFailed,
                    $"{prefix} does not run: nobody listens on its socket {path}. Start the service ('systemctl start "
                        + $"{prefix}').",
                    prefix,
                    e),
                _ => new NetworkException(
                    NetworkErrorCode.DependencyFailed,
                    $"{prefix} did not give a usable answer on {path}: {e.Message}",
                    prefix,
                    e),
            };
        }
    }

    private static string? Text(JsonElement item, string property)
        => Find(item, property) is { } value ? Text(value) : null;

    private static JsonElement? Find(JsonElement item, string property)
    {
        try
        {
            return item.TryGetProperty(property, out var value) ? value : null;
        }
        catch (InvalidOperationException)
        {
            // Another property's name has half of a character in it.
            return null;
        }
    }

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a character in \u notation, which is none.
            return null;
        }
    }
}
