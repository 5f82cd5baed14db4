namespace LxcNetworking.Generators.Tests;

/// <summary>The parameters that cmdlets get of declarations.</summary>
public class ParameterTests
{
    // What the cmdlets' assembly has, as far as generated code names it.
    private const string Source = """
        using LxcNetworking.Declarations;
        using LxcNetworking.Links;
        using LxcNetworking.Namespaces;
        using LxcNetworking.Values;

        namespace System.Management.Automation
        {
            public sealed class ParameterAttribute : Attribute;
        }

        namespace LxcNetworking.Commands.Addressing
        {
            public sealed class StrictAddressAttribute : Attribute;
        }

        namespace LxcNetworking.Commands.Common
        {
            public sealed class SecondsAttribute : Attribute;
            public sealed class MillisecondsAttribute : Attribute;
            internal sealed class CreationParametersAttribute(Type settings) : Attribute { public Type Settings => settings; }
            internal sealed class ChangeParametersAttribute(Type settings) : Attribute { public Type Settings => settings; }
            public abstract class SetLinkKindCmdlet { protected abstract LinkSettings CreateSettings(NetworkStack stack); }
        }

        namespace Example
        {
            [LinkKind("example")]
            public sealed partial record ExampleSettings : LinkSettings
            {
                [Nla(1, Wire.U32, Access = Access.CreateOnly)] public int? Vni { get; init; }
                [Nla(2, Wire.Address)] public IPAddress? Remote { get; init; }
                [Nla(3, Wire.U32, Unit = Unit.Centiseconds)] public Duration? Ageing { get; init; }
                [Nla(4, Wire.U32, Unit = Unit.Milliseconds)] public Duration? Delay { get; init; }
                [Nla(5, Wire.Address, Item = NlaAttribute.Numbered)] public ValueList<IPAddress>? Target { get; init; }
                [Nla(6, Wire.U8)] public bool? Learning { get; init; }
                [Nla(7, Wire.U8, Access = Access.ReadOnly)] public bool? Told { get; init; }
                [Nla(8, Wire.S32), LinkIndex] public int? DeviceIndex { get; init; }
                [Nla(9, Wire.U8)] internal int? Hidden { get; init; }
            }

            [LxcNetworking.Commands.Common.CreationParameters(typeof(ExampleSettings))]
            public sealed partial class NewExampleCommand
            {
                public bool Learning { get; set; }
            }

            [LxcNetworking.Commands.Common.ChangeParameters(typeof(ExampleSettings))]
            public sealed partial class SetExampleCommand : LxcNetworking.Commands.Common.SetLinkKindCmdlet;
        }
        """;

    [Fact]
    public void A_cmdlet_gets_what_can_be_set_and_it_does_not_have_itself()
    {
        var compiled = Compiled.Of(Source);
        Assert.Empty(compiled.Problems);
        compiled.IsAsBefore("Example.NewExampleCommand.g.cs");
        compiled.IsAsBefore("Example.SetExampleCommand.g.cs");
    }
}
