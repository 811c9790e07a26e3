namespace Metron.Balancing.Tests;

public sealed class RecordingTests
{
    private static readonly BalancerSettings Settings = new() { Scaling = new ScalingSettings { Target = 0.7 }, RestTicks = 1 };

    [Fact]
    public void What_was_written_is_read()
    {
        var text = Record(ticks: 5, out var decisions);

        var recording = RecordingReader.Read(new StringReader(text));

        Assert.Equal((16, 3), (recording.Header.Groups, recording.Header.Workers.Length));
        Assert.Equal(Settings, recording.Header.Settings);
        Assert.Equal(5, recording.Ticks.Count);
        foreach (var (read, written) in recording.Ticks.Zip(decisions))
        {
            Assert.Equal(written.Number, read.Number);
            Assert.Equal(written.Sample.Groups, read.Sample.Groups);
            Assert.Equal(written.Sample.Bases, read.Sample.Bases);
            Assert.Equal(written.Sample.Owners, read.Sample.Owners);
            Assert.Equal(written.Sample.Health, read.Sample.Health);
            Assert.Equal(written.Sample.Seconds, read.Sample.Seconds);
            Assert.Equal(written.Sample.LatencyMicroseconds, read.Sample.LatencyMicroseconds);
            Assert.Equal(written.Workers, read.Workers);
            Assert.Equal(written.WorkerLoads, read.WorkerLoads);
            Assert.Equal(written.Scaling, read.Scaling);
            Assert.Equal(written.Parked, read.Parked);
            Assert.Equal(written.Plan, read.Plan);
            Assert.Equal(written.Moves, read.Moves);
            Assert.Equal(written.Elephants, read.Elephants);
            Assert.Equal(written.Alternatives, read.Alternatives);
            Assert.Equal(written.IntervalSeconds, read.IntervalSeconds);
        }
    }

    [Fact]
    public void Outcomes_are_written_too()
    {
        var writer = new StringWriter();
        var server = new Server(Loads, 3, Settings);
        var recorder = new RecordingWriter(writer, 16, server.Balancer.Workers, Settings);
        server.Tick();
        server.Tick();
        recorder.Write(server.Balancer.Log.LastEnded!);

        Assert.Equal(server.Balancer.Log.LastEnded!.Outcome, RecordingReader.Read(new StringReader(writer.ToString())).Ticks[0].Outcome);
    }

    [Fact]
    public void Members_of_a_later_program_are_skipped()
    {
        var text = Record(ticks: 1, out _).Replace("\"number\":1,", "\"number\":1,\"colour\":\"blue\",", StringComparison.Ordinal);

        Assert.Single(RecordingReader.Read(new StringReader(text)).Ticks);
    }

    [Fact]
    public void A_recording_cut_at_any_place_is_read_up_to_there_and_the_line_is_named()
    {
        var text = Record(ticks: 3, out _);
        var lines = text.TrimEnd('\n').Split('\n');
        for (var cut = 1; cut < text.Length - 1; cut += 7)
        {
            var whole = text[..cut];
            var complete = whole.EndsWith('\n') ? whole.Count(c => c == '\n') : whole.Split('\n')[..^1].Length;
            var partial = whole.Split('\n')[^1];
            if (partial.Length == 0 || partial == lines[complete])
            {
                continue;
            }

            var wrong = Assert.Throws<RecordingException>(() => RecordingReader.Read(new StringReader(whole)));
            Assert.Equal(complete + 1, wrong.Line);
            Assert.StartsWith($"line {complete + 1}: ", wrong.Message, StringComparison.Ordinal);
            Assert.Equal(Math.Max(0, complete - 1), wrong.Readable?.Ticks.Count ?? 0);
        }
    }

    [Theory]
    [InlineData("\"version\":1", "\"version\":2", "line 1: version 2 is not known; this reads version 1")]
    [InlineData("metron-balancer", "something", "line 1: not a recording of the balancer")]
    [InlineData("\"groups\":16,", "\"groups\":15,", "line 2: 16 loads and 16 owners; the header says 15 flow groups")]
    [InlineData("\"groups\":16,", "\"groups\":0,", "line 1: 0 flow groups")]
    [InlineData("\"number\":1,", "\"number\":3,", "line 3: tick 2 follows tick 3")]
    [InlineData("\"seconds\":0.1", "\"seconds\":0", "line 2: an interval of 0 seconds")]
    [InlineData("\"groups\":[0.1,", "\"groups\":[-0.1,", "line 2: flow group 0: load -0.1 must be at least 0")]
    [InlineData("\"owners\":[0,", "\"owners\":[9,", "line 2: flow group 0: owner 9 does not exist")]
    [InlineData("\"capacity\":1,", "\"capacity\":0,", "line 1: worker 0: capacity 0 must be above 0")]
    [InlineData("\"parked\":[]", "\"parked\":[7]", "line 2: worker 7 is parked, but does not exist")]
    [InlineData("\"moves\":[", "\"moves\":null,\"x\":[", "line 2: ")]
    public void What_is_wrong_is_said(string good, string bad, string message)
    {
        var text = Record(ticks: 2, out _);
        var at = text.IndexOf(good, StringComparison.Ordinal);
        Assert.True(at >= 0);

        var wrong = Assert.Throws<RecordingException>(() => RecordingReader.Read(new StringReader(text[..at] + bad + text[(at + good.Length)..])));

        Assert.StartsWith(message, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_recording_is_refused() =>
        Assert.Equal("line 1: the recording is empty", Assert.Throws<RecordingException>(() => RecordingReader.Read(new StringReader("\n"))).Message);

    [Fact]
    public void Replay_with_the_same_settings_decides_the_same()
    {
        var recording = RecordingReader.Read(new StringReader(Record(ticks: 30, out var decisions)));

        var report = Replay.Run(recording, recording.Header.Settings);

        Assert.Equal(0, report.FirstDifference);
        Assert.Equal(report.Recorded, report.Replayed);
        Assert.Equal(decisions.Sum(decision => decision.Moves.Length), report.Recorded.Moves);
    }

    [Fact]
    public void Replay_with_other_settings_reports_the_difference()
    {
        var recording = RecordingReader.Read(new StringReader(Record(ticks: 30, out _)));

        var report = Replay.Run(recording, Settings with { Solver = Settings.Solver with { MaximumMoves = 0 }, Scaling = new ScalingSettings { Enabled = false } });

        Assert.Equal(1, report.FirstDifference);
        Assert.Equal(0, report.Replayed.Moves);
        Assert.True(report.Replayed.MeanImbalance > report.Recorded.MeanImbalance);
        Assert.Equal(3, report.Replayed.MeanWorkers, 9);
        Assert.Equal(30, report.Decisions.Count);
    }

    [Fact]
    public void An_empty_run_replays_to_nothing()
    {
        var recording = RecordingReader.Read(new StringReader(Record(ticks: 0, out _)));

        Assert.Equal(new RunFigures(0, 0, 0, 0, 0), Replay.Run(recording, Settings).Replayed);
    }

    private static double[] Loads => [0.1, .. Enumerable.Range(1, 15).Select(group => 0.004 * group * group % 0.21)];

    private static string Record(int ticks, out List<BalancerDecision> decisions)
    {
        var writer = new StringWriter();
        var server = new Server(Loads, 3, Settings);
        var recorder = new RecordingWriter(writer, 16, server.Balancer.Workers, Settings);
        decisions = [];
        for (var tick = 0; tick < ticks; tick++)
        {
            decisions.Add(server.Tick());
            recorder.Write(decisions[^1]);
        }

        return writer.ToString();
    }
}
