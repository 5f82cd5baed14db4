namespace LxcNetworking.Program.Model;

/// <summary>What the program is called. The build adds its version.</summary>
internal static partial class ProgramInformation
{
    /// <summary>Its name.</summary>
    public const string Name = "lxcnet";
}
