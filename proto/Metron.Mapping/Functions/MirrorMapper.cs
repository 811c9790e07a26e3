using Metron.Mapping.Syntax;
using Metron.NetworkFunctions;
using Metron.NetworkFunctions.Mirror;

namespace Metron.Mapping.Functions;

/// <summary>Reads a mirror.</summary>
internal static class MirrorMapper
{
    /// <summary>Reads a mirror.</summary>
    public static MirrorConfiguration Map(string name, V1.Mirror mirror, SpecNode at)
    {
        Counts.Check(mirror.Matches.Count, 0, SpecLimits.MirrorMatches, "matches", at);
        Enums.Check(mirror.From, at, "from");
        var matches = new List<PacketMatch>();
        for (var i = 0; i < Math.Min(mirror.Matches.Count, SpecLimits.MirrorMatches); i++)
        {
            var matchAt = at.Item("matches", i);
            matches.Add(PacketMatchMapper.Map(mirror.Matches[i], matchAt));
            if (mirror.Matches[i].TcpFlags.Length > 0)
            {
                matchAt.Report("tcpFlags", "is not for mirrors: they copy flows, whose packets have different flags");
            }
        }

        var isSampleRead = Counts.CheckRange(mirror.SampleOneIn, 0, SpecLimits.MirrorSample, at, "sampleOneIn", "; 0 for 1");
        var isLengthRead = mirror.TruncateTo == 0
            || Counts.CheckRange(mirror.TruncateTo, SpecLimits.LeastMirrorBytes, ushort.MaxValue, at, "truncateTo", "; 0 for whole");
        return new MirrorConfiguration(name)
        {
            Matches = matches,
            FromPort = mirror.From switch { V1.Side.Inside => 0, V1.Side.Outside => 1, _ => null },
            SampleOneIn = isSampleRead && mirror.SampleOneIn > 0 ? (int)mirror.SampleOneIn : 1,
            TruncateTo = isLengthRead ? (int)mirror.TruncateTo : 0,
        };
    }
}
