using Netlink.Tests.Support;

namespace LxcNetworking.Fuzz;

/// <summary>One reader with its inputs.</summary>
/// <param name="Name">What is read.</param>
/// <param name="Corpus">Inputs as they are meant to be, which the reader takes without an error.</param>
/// <param name="Mutate">Makes a spoilt input.</param>
/// <param name="Read">The code under test, and all that is done with what it gives. It throws what is none of <paramref
/// name="Allowed"/> where a result is wrong.</param>
/// <param name="Allowed">The errors that the reader documents.</param>
internal sealed record Target(
    string Name, IReadOnlyList<byte[]> Corpus, Func<Generator, IReadOnlyList<byte[]>, byte[]> Mutate,
    Action<byte[]> Read, params IReadOnlyList<Type> Allowed)
{
    /// <summary>What the input is to somebody who reads about it, besides its bytes.</summary>
    public Func<byte[], string>? Show { get; init; }

    /// <summary>How many bytes of memory an input may take, besides some for each of its own bytes.</summary>
    public long Memory { get; init; } = 4 << 20;

    /// <summary>How many more for each of its own bytes.</summary>
    public int MemoryPerByte { get; init; } = 1_000;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A result that is wrong.</summary>
internal sealed class WrongResultException(string message) : Exception(message)
{
    /// <summary>Throws where something is not so.</summary>
    public static void ThrowUnless(bool isRight, string message)
    {
        if (!isRight)
            throw new WrongResultException(message);
    }
}
