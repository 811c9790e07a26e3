using Xunit;

namespace Metron.Dpdk.Tests;

public sealed class PreparedFlowRuleTests : IDisposable
{
    private static readonly FlowMatch s_tag = FlowMatch.Vlan(7);

    private readonly RecordedCalls _calls = new();
    private readonly FlowRules _rules;

    public PreparedFlowRuleTests()
    {
        _rules = new FlowRules("nic0", "net_fake", _calls);
        _rules.Add(s_tag, 1);
    }

    public void Dispose() => _rules.Dispose();

    [Fact]
    public void The_new_rule_is_there_before_the_old_one_goes()
    {
        using (var prepared = _rules.Prepare(s_tag, FlowTarget.Rss([2, 3], RssHashTypes.Flows)))
        {
            Assert.Equal(["create 0 -> 1", "validate 1", "create 1 -> 2"], _calls.Lines);
            Assert.Equal("RX queue 1", $"{_rules.TargetOf(s_tag)}");
            prepared.Swap();
        }

        // Afterwards it gets the priority of the old one, so that the next can be prepared below it.
        Assert.Equal(["destroy 1", "create 0 -> 3", "destroy 2"], _calls.Lines[3..]);
        Assert.Equal("RSS over RX queues 2,3 by Flows", $"{_rules.TargetOf(s_tag)}");
        Assert.Equal([3], _calls.Flows);
    }

    [Fact]
    public void What_is_prepared_and_not_swapped_is_removed()
    {
        _rules.Prepare(s_tag, FlowTarget.Queue(2)).Dispose();

        Assert.Equal([1], _calls.Flows);
        Assert.Equal("RX queue 1", $"{_rules.TargetOf(s_tag)}");
        _rules.Prepare(s_tag, FlowTarget.Queue(3)).Dispose();
    }

    [Fact]
    public void A_refused_rule_changes_nothing()
    {
        _calls.Refuse = line => line == "validate 1";

        var error = Assert.Throws<DpdkException>(() => _rules.Prepare(s_tag, FlowTarget.Queue(9)));
        Assert.Equal("nic0 (net_fake) does not take the flow rule VLAN id 7 -> RX queue 9 at priority 1: no such thing (errno 22)", error.Message);
        Assert.Equal([1], _calls.Flows);
    }

    [Fact]
    public void While_the_device_keeps_the_old_rule_nothing_is_swapped()
    {
        using var prepared = _rules.Prepare(s_tag, FlowTarget.Queue(2));
        _calls.Refuse = line => line == "destroy 1";

        Assert.Contains("does not remove the flow rule VLAN id 7 -> RX queue 1", Assert.Throws<DpdkException>(prepared.Swap).Message, StringComparison.Ordinal);
        Assert.Equal("RX queue 1", $"{_rules.TargetOf(s_tag)}");

        _calls.Refuse = _ => false;
        prepared.Swap();
        Assert.Equal("RX queue 2", $"{_rules.TargetOf(s_tag)}");
    }

    [Fact]
    public void A_rule_that_cannot_be_raised_stays_and_the_next_is_prepared_below_it()
    {
        using (var prepared = _rules.Prepare(s_tag, FlowTarget.Queue(2)))
        {
            _calls.Refuse = line => line.StartsWith("create 0", StringComparison.Ordinal);
            prepared.Swap();
        }

        Assert.Equal([2], _calls.Flows);
        using var next = _rules.Prepare(s_tag, FlowTarget.Queue(3));
        Assert.Contains("validate 2", _calls.Lines);
    }

    [Fact]
    public void Removing_a_rule_removes_what_is_prepared_under_it()
    {
        using var prepared = _rules.Prepare(s_tag, FlowTarget.Queue(2));
        _rules.Remove(s_tag);

        Assert.Empty(_calls.Flows);
        Assert.Throws<ObjectDisposedException>(prepared.Swap);
    }

    [Fact]
    public void Only_one_rule_is_prepared_at_a_time_and_only_over_one_that_is_there()
    {
        using var prepared = _rules.Prepare(s_tag, FlowTarget.Queue(2));

        Assert.Contains("prepared already", Assert.Throws<DpdkException>(() => _rules.Prepare(s_tag, FlowTarget.Queue(3))).Message, StringComparison.Ordinal);
        Assert.Contains(
            "no flow rule for VLAN id 8", Assert.Throws<DpdkException>(() => _rules.Prepare(FlowMatch.Vlan(8), FlowTarget.Queue(3))).Message, StringComparison.Ordinal);
    }

    /// <summary>A device that has flow rules, as far as their coming and going is concerned.</summary>
    private sealed class RecordedCalls : IFlowCalls
    {
        private nint _last;

        public List<string> Lines { get; } = [];

        public SortedSet<nint> Flows { get; } = [];

        public Func<string, bool> Refuse { get; set; } = _ => false;

        public FlowRefusal? Validate(NativeFlowRule rule) => Say($"validate {PriorityOf(rule)}");

        public FlowRefusal? Create(NativeFlowRule rule, out nint flow)
        {
            flow = 0;
            if (Say($"create {PriorityOf(rule)} -> {_last + 1}") is { } refusal)
            {
                return refusal;
            }

            Flows.Add(flow = ++_last);
            return null;
        }

        public FlowRefusal? Destroy(nint flow)
        {
            if (Say($"destroy {flow}") is { } refusal)
            {
                return refusal;
            }

            Assert.True(Flows.Remove(flow));
            return null;
        }

        private static int PriorityOf(NativeFlowRule rule) => System.Runtime.InteropServices.Marshal.ReadInt32(rule.Attributes, Native.Abi23.FlowAttributesPriority);

        private FlowRefusal? Say(string line)
        {
            Lines.Add(line);
            return Refuse(line) ? new FlowRefusal(22, "no such thing") : null;
        }
    }
}
