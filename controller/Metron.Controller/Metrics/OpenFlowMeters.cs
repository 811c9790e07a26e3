using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Metron.OpenFlow;

namespace Metron.Controller.Metrics;

/// <summary>Sums up what the OpenFlow library measures of this process, for <see cref="MetricsPage"/>. Thread-safe.</summary>
public sealed class OpenFlowMeters : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<(Instrument Instrument, string Labels), Series> _series = new();

    /// <summary>Begins to listen.</summary>
    public OpenFlowMeters()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == OpenFlowMetrics.MeterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Find(instrument, tags).Add(value));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Find(instrument, tags).Add(value));
        _listener.Start();
    }

    /// <summary>The peers in quarantine; set by who listens for switches.</summary>
    public Func<IReadOnlyList<QuarantinedPeer>> Quarantined { get; set; } = static () => [];

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    /// <summary>Writes all that was measured: names with underscores, counters with "_total", a histogram as its sum and count.</summary>
    internal void Write(MetricsText text)
    {
        foreach (var family in _series.GroupBy(entry => entry.Key.Instrument).OrderBy(family => family.Key.Name, StringComparer.Ordinal))
        {
            var name = family.Key.Name.Replace('.', '_');
            var help = family.Key.Description ?? string.Empty;
            var series = family.Select(entry => entry.Value).OrderBy(each => each.Key, StringComparer.Ordinal).ToList();
            switch (family.Key)
            {
                case UpDownCounter<long>:
                    text.Gauge(name, help, series.Select(each => new Sample(each.Sum, each.Labels)));
                    break;
                case Histogram<double>:
                    text.Counter($"{name}_seconds_total", $"{help} Sum.", series.Select(each => new Sample(each.Sum, each.Labels)));
                    text.Counter($"{name}_measured_total", $"{help} Number.", series.Select(each => new Sample(each.Count, each.Labels)));
                    break;
                default:
                    var unit = family.Key.Unit == "By" ? "_bytes" : string.Empty;
                    text.Counter($"{name}{unit}_total", help, series.Select(each => new Sample(each.Sum, each.Labels)));
                    break;
            }
        }

        text.Gauge("metron_openflow_quarantined_peers", "Peers whose connections are closed at once.", [new Sample(Quarantined().Count)]);
    }

    private Series Find(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new (string Name, string Value)[tags.Length];
        for (var i = 0; i < tags.Length; i++)
        {
            labels[i] = (tags[i].Key, tags[i].Value?.ToString() ?? string.Empty);
        }

        var key = string.Join(',', labels.Select(label => $"{label.Name}={label.Value}"));
        return _series.GetOrAdd((instrument, key), static (of, labels) => new Series(of.Labels, labels), labels);
    }

    private sealed class Series(string key, (string Name, string Value)[] labels)
    {
        private readonly Lock _lock = new();

        public string Key => key;

        public (string Name, string Value)[] Labels => labels;

        public double Sum { get; private set; }

        public long Count { get; private set; }

        public void Add(double value)
        {
            lock (_lock)
            {
                Sum += value;
                Count++;
            }
        }
    }
}
