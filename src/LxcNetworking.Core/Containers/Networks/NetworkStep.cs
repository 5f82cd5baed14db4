namespace LxcNetworking.Containers.Networks;

/// <summary>One step: what it is in words, how it is done, and how it is undone.</summary>
internal sealed record NetworkStep(string Words, Action Do, Action Undo)
{
    /// <summary>A step that is done whole or not at all: one that was refused, as somebody else's thing is there, has
    /// nothing to undo.</summary>
    public static NetworkStep Whole(string words, Action make, Action unmake)
    {
        var isMade = false;
        return new NetworkStep(
            words,
            () =>
            {
                make();
                isMade = true;
            },
            () =>
            {
                if (isMade)
                    unmake();
            });
    }
}
