using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Metron.NetworkFunctions.Chains;

/// <summary>Ports of a switch in an order that means something. Two lists are equal when they name the same ports in the same order.</summary>
[CollectionBuilder(typeof(PortList), nameof(Create))]
[JsonConverter(typeof(Converter))]
public readonly struct PortList : IReadOnlyList<uint>, IEquatable<PortList>
{
    private readonly ImmutableArray<uint> _ports;

    private PortList(ImmutableArray<uint> ports) => _ports = ports;

    /// <inheritdoc/>
    public int Count => _ports.IsDefault ? 0 : _ports.Length;

    /// <inheritdoc/>
    public uint this[int index] => _ports[index];

    public static bool operator ==(PortList left, PortList right) => left.Equals(right);

    public static bool operator !=(PortList left, PortList right) => !left.Equals(right);

    /// <summary>A list of these ports.</summary>
    public static PortList Create(ReadOnlySpan<uint> ports) => ports.IsEmpty ? default : new PortList([.. ports]);

    /// <inheritdoc/>
    public bool Equals(PortList other) => Count == other.Count && (Count == 0 || _ports.AsSpan().SequenceEqual(other._ports.AsSpan()));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PortList other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => this.Aggregate(Count, HashCode.Combine);

    /// <summary>"1, 3".</summary>
    public override string ToString() => string.Join(", ", this);

    /// <inheritdoc/>
    public IEnumerator<uint> GetEnumerator() => (_ports.IsDefault ? [] : (IEnumerable<uint>)_ports).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class Converter : JsonConverter<PortList>
    {
        public override PortList Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Create(JsonSerializer.Deserialize<uint[]>(ref reader, options));

        public override void Write(Utf8JsonWriter writer, PortList value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            foreach (var port in value)
            {
                writer.WriteNumberValue(port);
            }

            writer.WriteEndArray();
        }
    }
}
