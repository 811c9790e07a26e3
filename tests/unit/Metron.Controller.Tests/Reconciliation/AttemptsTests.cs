using Metron.Controller.Reconciliation;

namespace Metron.Controller.Tests.Reconciliation;

public class AttemptsTests
{
    private static readonly DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RemoteKey _key = new(RemoteKind.Deploy, "s1", "web", 1);

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(6, 16)]
    [InlineData(7, 30)]
    [InlineData(1000, 30)]
    public void Pauses_double_up_to_half_a_minute(int failures, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Attempts.PauseAfter(failures));

    [Fact]
    public void A_failure_counts_until_a_success()
    {
        var attempts = new Attempts();
        attempts.Failed(_key, "first", _now);
        var second = attempts.Failed(_key, "second", _now);
        attempts.Succeeded(_key);
        var again = attempts.Failed(_key, "third", _now);

        Assert.Equal(new Failure(2, _now.AddSeconds(1), "second"), second);
        Assert.Equal(1, again.Count);
    }

    [Fact]
    public void Failures_are_forgotten_with_a_new_connection_of_the_peer_or_a_new_spec_of_the_chain()
    {
        var attempts = new Attempts();
        var other = _key with { Peer = "s2" };
        var rules = new RemoteKey(RemoteKind.ChainRules, "br0", "other");
        attempts.Failed(_key, "x", _now);
        attempts.Failed(other, "x", _now);
        attempts.Failed(rules, "x", _now);

        attempts.ForgetPeer("s1");
        Assert.Equal(2, attempts.Failures.Count);
        attempts.ForgetChain("other");

        Assert.Equal([other], attempts.Failures.Keys);
    }
}
