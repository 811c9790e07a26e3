namespace Metron.OpenFlow.Tests.Differential;

/// <summary>A random message and how it is to be checked.</summary>
/// <param name="Message">The message.</param>
/// <param name="OvsReads">Whether Open vSwitch knows all that is in it.</param>
/// <param name="Facts">What the text of <c>ovs-ofctl</c> must contain: the same values as the message has, in its words.</param>
internal sealed record Generated(OpenFlowMessage Message, bool OvsReads = true, EquatableArray<string> Facts = default);

/// <summary>Makes random messages of one kind.</summary>
/// <param name="Name">For failures.</param>
/// <param name="Create">A message of this version.</param>
/// <param name="Lowest">First version that has the kind.</param>
/// <param name="Highest">Last version that has the kind.</param>
internal sealed record Generator(
    string Name,
    Func<Draw, OpenFlowVersion, Generated> Create,
    OpenFlowVersion Lowest = OpenFlowVersion.OpenFlow10,
    OpenFlowVersion Highest = OpenFlowVersion.OpenFlow15)
{
    /// <summary>Every kind of message; further kinds join here.</summary>
    public static IReadOnlyList<Generator> All { get; } =
        [.. SwitchGenerators.All, .. RuleGenerators.All, .. StatisticsGenerators.All, .. TableGenerators.All, .. MeterGenerators.All,
            .. EventGenerators.All, .. OneDotFiveGenerators.All];

    /// <summary>Those whose messages this version has.</summary>
    public static IReadOnlyList<Generator> For(OpenFlowVersion version) =>
        [.. All.Where(generator => version >= generator.Lowest && version <= generator.Highest)];
}
