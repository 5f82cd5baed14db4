using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace LxcNetworking;

/// <summary>Docker and Podman, asked over HTTP through the engine's UNIX socket (the Docker Engine API, which Podman speaks too).</summary>
internal sealed class EngineRuntime(string prefix, params IReadOnlyList<string> sockets) : ContainerRuntime
{
    private const int MaxAnswerBytes = 16 << 20;

    /// <inheritdoc/>
    public override string Prefix => prefix;

    /// <summary>How long one answer may take.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    private string? SocketPath => sockets.FirstOrDefault(File.Exists);

    /// <inheritdoc/>
    public override IEnumerable<ContainerRecord> List(CancellationToken cancellation)
    {
        if (SocketPath is not { } path)
            return [];
        using var answer = Ask(path, "/containers/json?all=true", cancellation);
        if (answer is null || answer.RootElement.ValueKind != JsonValueKind.Array)
            return [];
        var result = new List<ContainerRecord>();
        foreach (var item in answer.RootElement.EnumerateArray())
        {
            var name = item.ValueKind == JsonValueKind.Object && item.TryGetProperty("Names", out var names) && names.ValueKind == JsonValueKind.Array
                && names.GetArrayLength() > 0 ? Text(names[0])?.TrimStart('/') : null;
            if (string.IsNullOrEmpty(name) || Netlink.KernelText.Printable(name) != name)
                continue;
            // The list itself does not tell the process.
            if (Text(item, "State") is "running" or "paused" && Inspect(path, name, cancellation) is { } running)
                result.Add(running);
            else
                result.Add(new ContainerRecord(name, ContainerState.Stopped, 0));
        }

        return result;
    }

    /// <inheritdoc/>
    public override ContainerRecord Get(string name, CancellationToken cancellation)
    {
        if (SocketPath is not { } path)
            throw new NetworkException(NetworkErrorCode.DependencyFailed, $"'{prefix}:{name}' cannot be looked up: {prefix}'s socket {sockets[0]} is not there. Start the service ('systemctl start {prefix}.socket').", $"{prefix}:{name}");
        return Inspect(path, name, cancellation) ?? throw NotFound(name);
    }

    private ContainerRecord? Inspect(string path, string name, CancellationToken cancellation)
    {
        using var answer = Ask(path, $"/containers/{Uri.EscapeDataString(name)}/json", cancellation);
        if (answer is null || answer.RootElement.ValueKind != JsonValueKind.Object || !answer.RootElement.TryGetProperty("State", out var state) || state.ValueKind != JsonValueKind.Object)
            return null;
        var id = state.TryGetProperty("Pid", out var pid) && pid.ValueKind == JsonValueKind.Number && pid.TryGetInt32(out var number) ? number : 0;
        // The engine also takes ids and their beginnings; what it found is what it calls it.
        var found = Text(answer.RootElement, "Name")?.TrimStart('/') ?? name;
        return new ContainerRecord(Netlink.KernelText.Printable(found), Text(state, "Status") switch
        {
            "running" => ContainerState.Running,
            "paused" => ContainerState.Frozen,
            "created" or "restarting" or "initialized" => ContainerState.Starting,
            "removing" or "stopping" => ContainerState.Stopping,
            "exited" or "dead" or "stopped" => ContainerState.Stopped,
            _ => ContainerState.Other,
        }, Math.Max(id, 0));
    }

    private JsonDocument? Ask(string path, string request, CancellationToken cancellation)
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, stop) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop).ConfigureAwait(false);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
            UseProxy = false,
            AllowAutoRedirect = false,
        })
        {
            Timeout = Patience,
            MaxResponseContentBufferSize = MaxAnswerBytes,
            BaseAddress = new Uri("http://engine"),
        };
        try
        {
            using var response = client.GetAsync(new Uri(request, UriKind.Relative), cancellation).GetAwaiter().GetResult();
            if (response.StatusCode == HttpStatusCode.NotFound)
                return null;
            response.EnsureSuccessStatusCode();
            return JsonDocument.Parse(response.Content.ReadAsByteArrayAsync(cancellation).GetAwaiter().GetResult(), new JsonDocumentOptions { MaxDepth = 32 });
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new NetworkException(NetworkErrorCode.TimedOut, $"{prefix} did not answer on {path} within {Patience.TotalSeconds:0.#} seconds.", prefix);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException)
        {
            throw e.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied }
                ? new NetworkException(NetworkErrorCode.PermissionDenied, $"This user may not ask {prefix}: the socket {path} is not open to it. Run PowerShell as root, or join the group that owns the socket.", prefix, e)
                : new NetworkException(NetworkErrorCode.DependencyFailed, $"{prefix} did not give a usable answer on {path}: {e.Message}", prefix, e);
        }
    }

    private static string? Text(JsonElement item, string property)
        => item.TryGetProperty(property, out var value) ? Text(value) : null;

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
