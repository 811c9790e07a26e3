using System.Text;

namespace Metron.OpenFlow;

/// <summary>Adds, changes or deletes a meter (OpenFlow 1.3.5 section 7.3.4.4).</summary>
/// <param name="Command">What to do.</param>
/// <param name="Meter">Number of the meter, from 1; <see cref="MeterNumber.All"/> in a deletion means every meter.</param>
/// <param name="Flags">Unit of the rates, and what the meter keeps.</param>
/// <param name="Bands">The bands; none in a deletion.</param>
public sealed record MeterMod(MeterModCommand Command, uint Meter, MeterFlags Flags = MeterFlags.None, EquatableArray<MeterBand> Bands = default)
    : OpenFlowMessage
{
    public override MessageType Type => MessageType.MeterMod;

    internal override void Append(StringBuilder text)
    {
        text.Append(Command switch
        {
            MeterModCommand.Add => "ADD ",
            MeterModCommand.Modify => "MOD ",
            MeterModCommand.Delete => "DEL ",
            _ => $"command_{(ushort)Command} ",
        });
        MeterText.Append(text, Meter, Flags, Bands);
    }

    internal override void WriteBody(ref OpenFlowWriter writer, OpenFlowVersion version)
    {
        writer.Write((ushort)Command);
        writer.Write((ushort)Flags);
        writer.Write(Meter);
        MeterBand.WriteAll(ref writer, Bands);
    }

    internal static MeterMod Read(ref OpenFlowReader reader)
    {
        var command = (MeterModCommand)reader.ReadUInt16();
        var flags = (MeterFlags)reader.ReadUInt16();
        return new MeterMod(command, reader.ReadUInt32(), flags, MeterBand.ReadAll(ref reader));
    }
}

/// <summary>Commands of <see cref="MeterMod"/> (<c>OFPMC_*</c>).</summary>
public enum MeterModCommand : ushort
{
    Add = 0,
    Modify = 1,
    Delete = 2,
}

/// <summary>Unit of a meter's rates and what it keeps (<c>OFPMF_*</c>). Exactly one unit is to be given.</summary>
/// <remarks>16 bits of a meter, and of what a switch can do 32.</remarks>
[Flags]
public enum MeterFlags : uint
{
    None = 0,

    /// <summary>Rates are kilobits per second, bursts kilobits.</summary>
    KilobitsPerSecond = 1,

    /// <summary>Rates are packets per second, bursts packets.</summary>
    PacketsPerSecond = 2,

    /// <summary>The bands' burst sizes count.</summary>
    Burst = 4,

    /// <summary>Keep counters.</summary>
    Statistics = 8,
}

/// <summary>Meters in words that <c>ovs-ofctl</c> reads.</summary>
internal static class MeterText
{
    public static void Append(StringBuilder text, uint meter, MeterFlags flags, EquatableArray<MeterBand> bands)
    {
        AppendNumber(text, meter);
        ReadOnlySpan<(MeterFlags Flag, string Name)> names =
        [
            (MeterFlags.KilobitsPerSecond, "kbps"),
            (MeterFlags.PacketsPerSecond, "pktps"),
            (MeterFlags.Burst, "burst"),
            (MeterFlags.Statistics, "stats"),
        ];
        foreach (var (flag, name) in names)
        {
            if (flags.HasFlag(flag))
            {
                text.Append(',').Append(name);
                flags &= ~flag;
            }
        }

        if (flags != 0)
        {
            text.Append($",flags=0x{(ushort)flags:x}");
        }

        MeterBand.AppendAll(text, bands);
    }

    public static void AppendNumber(StringBuilder text, uint meter) => text.Append("meter=").Append(meter switch
    {
        MeterNumber.All => "all",
        MeterNumber.Controller => "controller",
        MeterNumber.SlowPath => "slowpath",
        _ => $"{meter}",
    });
}
