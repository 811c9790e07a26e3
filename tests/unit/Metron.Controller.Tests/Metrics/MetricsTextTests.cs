using Metron.Controller.Metrics;

namespace Metron.Controller.Tests.Metrics;

public class MetricsTextTests
{
    [Fact]
    public void A_family_has_its_help_its_type_and_its_samples()
    {
        var text = new MetricsText();
        text.Counter("packets_total", "Packets.", [new Sample(3, ("worker", "0")), new Sample(4e18, ("worker", "1"))]);
        text.Gauge("load", "Load.", [new Sample(0.25)]);
        text.Summary("times", "Times.", [new Sample(7, ("quantile", "0.5"))]);
        text.Untyped("things", "Things.", [new Sample(double.PositiveInfinity, ("a", "x"), ("b", "y")), new Sample(double.NegativeInfinity), new Sample(double.NaN, ("a", "z"))]);

        Assert.Equal(
            """
            # HELP packets_total Packets.
            # TYPE packets_total counter
            packets_total{worker="0"} 3
            packets_total{worker="1"} 4E+18
            # HELP load Load.
            # TYPE load gauge
            load 0.25
            # HELP times Times.
            # TYPE times summary
            times{quantile="0.5"} 7
            # HELP things Things.
            # TYPE things untyped
            things{a="x",b="y"} +Inf
            things -Inf
            things{a="z"} NaN

            """,
            text.ToString());
    }

    [Fact]
    public void What_would_end_a_value_or_a_line_is_escaped()
    {
        var text = new MetricsText();
        text.Gauge("up", "One \\ two\nthree \"four\".", [new Sample(1, ("problem", "a\\b\n\"c\""))]);

        Assert.Equal("# HELP up One \\\\ two\\nthree \"four\".\n# TYPE up gauge\nup{problem=\"a\\\\b\\n\\\"c\\\"\"} 1\n", text.ToString());
    }

    [Fact]
    public void A_sample_with_the_same_labels_is_written_once_and_an_empty_family_not_at_all()
    {
        var text = new MetricsText();
        text.Gauge("none", "None.", []);
        text.Gauge("up", "Up.", [new Sample(1, ("a", "x")), new Sample(2, ("a", "x")), new Sample(3, ("a", "y"))]);

        Assert.Equal("# HELP up Up.\n# TYPE up gauge\nup{a=\"x\"} 1\nup{a=\"y\"} 3\n", text.ToString());
    }
}
