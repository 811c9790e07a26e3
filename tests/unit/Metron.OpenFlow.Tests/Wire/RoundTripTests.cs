using Metron.OpenFlow.Tests.Samples;

namespace Metron.OpenFlow.Tests.Wire;

public sealed class RoundTripTests
{
    public static TheoryData<OpenFlowVersion, string> Samples => Sample.Names();

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_message_decodes_to_what_was_encoded(OpenFlowVersion version, string name)
    {
        var sample = Sample.Find(version, name);
        var bytes = sample.Encode(version);
        var frame = OpenFlowCodec.Decode(bytes);
        Assert.Equal(new OpenFlowFrame(version, Sample.TransactionId, sample.Message), frame);
        Assert.Equal(bytes, OpenFlowCodec.Encode(frame.Message, version, frame.TransactionId));
    }

    [Fact]
    public void Every_message_type_has_a_sample()
    {
        var missing = typeof(OpenFlowMessage).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(OpenFlowMessage)) && !type.IsAbstract)
            .Except(Sample.Versions.SelectMany(Sample.All).Select(sample => sample.Message.GetType()));
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_match_field_action_and_instruction_has_a_sample()
    {
        var flows = Sample.Versions.SelectMany(Sample.All).Select(sample => sample.Message).OfType<FlowMod>().ToList();
        Assert.Empty(Oxm.Known.Select(field => field.Type).Except(flows.SelectMany(flow => flow.Match.Fields).Select(field => field.Type)));

        var instructions = flows.SelectMany(flow => flow.Instructions).ToList();
        Assert.Empty(ConcreteTypes<Instruction>().Except(instructions.Select(instruction => instruction.GetType())));

        var actions = instructions.OfType<ApplyActionsInstruction>().SelectMany(apply => apply.Actions);
        Assert.Empty(ConcreteTypes<OpenFlowAction>().Except(actions.Select(action => action.GetType())));
    }

    [Fact]
    public void A_message_of_another_version_is_refused_by_the_encoder()
    {
        var error = Assert.Throws<OpenFlowEncodeException>(() => OpenFlowCodec.Encode(new RoleStatus(), OpenFlowVersion.OpenFlow13, 1));
        Assert.Contains("1.3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_longest_message_has_65535_bytes()
    {
        Assert.Equal(65535, OpenFlowCodec.Encode(new EchoRequest([.. new byte[65527]]), OpenFlowVersion.OpenFlow13, 1).Length);
        Assert.Throws<OpenFlowEncodeException>(() => OpenFlowCodec.Encode(new EchoRequest([.. new byte[65528]]), OpenFlowVersion.OpenFlow13, 1));
    }

    [Fact]
    public void A_text_that_does_not_fit_its_field_is_refused()
    {
        var port = new PortStatus(PortStatusReason.Add, new PortDescription { Name = "a name of more than 16" });
        Assert.Throws<OpenFlowEncodeException>(() => OpenFlowCodec.Encode(port, OpenFlowVersion.OpenFlow13, 1));
    }

    private static IEnumerable<Type> ConcreteTypes<T>() =>
        typeof(T).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(T)) && !type.IsAbstract);
}
