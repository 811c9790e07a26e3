namespace Metron.Synthesis;

/// <summary>Randomness (SplitMix64) for the witnesses of a cube: the same cube has the same ones in every list.</summary>
internal sealed class WitnessRandom : Random
{
    private ulong _state;

    /// <summary>Begins the sequence of a cube.</summary>
    public void Begin(HeaderCube cube)
    {
        var (source, destination) = (cube[HeaderField.Source].First, cube[HeaderField.Destination].First);
        var ports = (cube[HeaderField.SourcePort].First << 16) | cube[HeaderField.DestinationPort].First;
        _state = ((ulong)(source >> 64) * 0x9e3779b97f4a7c15) + ((ulong)source * 0xbf58476d1ce4e5b9)
            + ((ulong)(destination >> 64) * 0x94d049bb133111eb) + ((ulong)destination * 0xd6e8feb86659fd93) + (ulong)ports;
    }

    /// <inheritdoc/>
    public override int Next(int maxValue) => (int)(((Next64() >> 32) * (ulong)maxValue) >> 32);

    /// <inheritdoc/>
    public override long NextInt64(long minValue, long maxValue) =>
        minValue == long.MinValue && maxValue == long.MaxValue ? (long)Next64() : base.NextInt64(minValue, maxValue);

    private ulong Next64()
    {
        var mixed = _state += 0x9e3779b97f4a7c15;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }
}
