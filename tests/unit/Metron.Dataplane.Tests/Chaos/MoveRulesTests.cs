using Metron.Dataplane.Groups;

namespace Metron.Dataplane.Tests.Chaos;

public sealed class MoveRulesTests
{
    private static readonly MoveSight Fine = new(MoveStage.Announcing, Holder.Source, IsAnnounced: true, SourceLives: true, TargetLives: true, IsOverdue: false);

    [Fact]
    public void A_move_announces_steers_releases_and_ends()
    {
        Assert.Equal(MoveStep.Wait, MoveRules.Next(Fine with { IsAnnounced = false }));
        Assert.Equal(MoveStep.Steer, MoveRules.Next(Fine));
        Assert.Equal(MoveStep.Wait, MoveRules.Next(Fine with { Stage = MoveStage.Releasing }));
        Assert.Equal(MoveStep.Wait, MoveRules.Next(Fine with { Stage = MoveStage.Releasing, Holder = Holder.OnTheWay }));
        Assert.Equal(MoveStep.Finish, MoveRules.Next(Fine with { Stage = MoveStage.Releasing, Holder = Holder.Target }));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void A_target_that_dies_or_stalls_before_anything_was_changed_is_told_so(bool lives, bool isOverdue) => Assert.Equal(
        MoveStep.Retract, MoveRules.Next(Fine with { IsAnnounced = false, TargetLives = lives, IsOverdue = isOverdue }));

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Before_the_release_the_order_is_withdrawn(bool targetLives, bool isOverdue) => Assert.Equal(
        MoveStep.Withdraw, MoveRules.Next(Fine with { Stage = MoveStage.Releasing, TargetLives = targetLives, IsOverdue = isOverdue }));

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void After_the_release_the_group_is_taken_back(bool targetLives, bool isOverdue) => Assert.Equal(
        MoveStep.TakeBack,
        MoveRules.Next(Fine with { Stage = MoveStage.Releasing, Holder = Holder.OnTheWay, TargetLives = targetLives, IsOverdue = isOverdue }));

    [Fact]
    public void A_dead_source_is_not_waited_for()
    {
        var dead = Fine with { SourceLives = false };
        Assert.Equal(MoveStep.Steer, MoveRules.Next(dead));
        Assert.Equal(MoveStep.TakeFromDead, MoveRules.Next(dead with { Stage = MoveStage.Releasing }));
        Assert.Equal(MoveStep.HandOver, MoveRules.Next(dead with { Stage = MoveStage.Releasing, Holder = Holder.Control }));
    }

    [Fact]
    public void A_group_that_nobody_has_gets_a_worker_in_any_case()
    {
        var held = Fine with { Holder = Holder.Control, IsAnnounced = false };
        Assert.Equal(MoveStep.Wait, MoveRules.Next(held));
        Assert.Equal(MoveStep.Steer, MoveRules.Next(held with { IsOverdue = true }));
        Assert.Equal(MoveStep.Rehome, MoveRules.Next(held with { TargetLives = false }));
        Assert.Equal(MoveStep.Rehome, MoveRules.Next(held with { Stage = MoveStage.Releasing, TargetLives = false }));
    }
}
