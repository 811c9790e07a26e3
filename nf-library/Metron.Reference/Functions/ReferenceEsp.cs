using System.Buffers.Binary;
using Metron.NetworkFunctions.Esp;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>An end of an IPsec tunnel, on whole frames, with keys made up from their names and initialization vectors that count from 1.</summary>
internal sealed class ReferenceEsp : ReferenceFunction
{
    private readonly EspConfiguration _configuration;
    private readonly List<Association> _outbound;
    private readonly List<Association> _inbound;
    private readonly ErrorBudget _errors = new();

    public ReferenceEsp(EspConfiguration configuration)
    {
        _configuration = configuration;
        _outbound = [.. configuration.Outbound.Select(association => new Association(association))];
        _inbound = [.. configuration.Inbound.Select(association => new Association(association))];
    }

    private int IpLength => _configuration.Local.IsV6 ? 40 : 20;

    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        var frame = FrameWriter.Write(packet);
        return port == Inside ? Encrypt(frame, packet.Fields, now) : Decrypt(frame, packet.Fields, now);
    }

    private ReferenceVerdict Encrypt(byte[] frame, IpFields fields, long now)
    {
        var inner = frame[14..fields.End];
        var padding = (4 - ((inner.Length + 2) % 4)) % 4;
        byte[] text = [.. inner, .. Enumerable.Range(1, padding).Select(number => (byte)number), (byte)padding, (byte)(fields.IsV6 ? 41 : 4)];
        if (IpLength + 16 + text.Length + 16 > _configuration.Mtu)
        {
            var fits = ((_configuration.Mtu - IpLength - 32) & ~3) - 2;
            return TooBig.IsAnswered(frame, fields) && _errors.Take(now)
                ? ReferenceVerdict.Replace(Inside, TooBig.Answer(frame, fields, fits, _configuration.Local))
                : ReferenceVerdict.Drop(DropReason.TooBig);
        }

        if (_outbound.Find(association => association.IsUsable(now)) is not { } association)
        {
            return ReferenceVerdict.Drop(DropReason.NoSecurityAssociation);
        }

        var number = ++association.Sent;
        association.Count(inner.Length, now);
        byte[] header = [.. Word(association.Configuration.Index), .. Word((uint)number)];
        byte[] vector = [.. Word((uint)(number >> 32)), .. Word((uint)number)];
        var (sealedText, tag) = association.Gcm.Encrypt([.. association.Salt, .. vector], text, association.Authenticated(number));
        byte[] payload = [.. header, .. vector, .. sealedText, .. tag];
        byte[] type = _configuration.Local.IsV6 ? [0x86, 0xdd] : [0x08, 0x00];
        var trafficClass = (byte)(fields.IsV6 ? inner[0] << 4 | inner[1] >> 4 : inner[1]);
        var ip = OuterHeader.Make(_configuration.Local, _configuration.Remote, IpProtocol.Esp, _configuration.TimeToLive, trafficClass, payload.Length);
        return ReferenceVerdict.Replace(Outside, [.. frame[..12], .. type, .. ip, .. payload]);
    }

    private ReferenceVerdict Decrypt(byte[] frame, IpFields fields, long now)
    {
        var next = fields.IsV6 ? frame[14 + 6] : fields.Protocol;
        if (fields.Source != _configuration.Remote || fields.Destination != _configuration.Local)
        {
            return ReferenceVerdict.Drop(DropReason.NotForTunnel);
        }

        if (fields.IsV6 ? next == 44 : fields.IsFragment)
        {
            return ReferenceVerdict.Drop(DropReason.Fragment);
        }

        if (next != IpProtocol.Esp)
        {
            return ReferenceVerdict.Drop(DropReason.NotForTunnel);
        }

        var esp = frame[fields.Transport..fields.End];
        if (esp.Length < 16 + 4 + 16 || esp.Length % 4 != 0)
        {
            return ReferenceVerdict.Drop(DropReason.TunnelMalformed);
        }

        var reason = Open(esp, now, out var text);
        if (reason != DropReason.None)
        {
            return ReferenceVerdict.Drop(reason);
        }

        var padding = text[^2];
        var length = text.Length - 2 - padding;
        if (length < 0 || Enumerable.Range(0, padding).Any(at => text[length + at] != at + 1))
        {
            return ReferenceVerdict.Drop(DropReason.TunnelMalformed);
        }

        if (text[^1] is not (4 or 41))
        {
            return ReferenceVerdict.Drop(DropReason.UnsupportedProtocol);
        }

        byte[] content = [.. text[^1] == 41 ? new byte[] { 0x86, 0xdd } : [0x08, 0x00], .. text[..length]];
        var outer = fields.IsV6 ? (frame[14] << 4 | frame[15] >> 4) & 3 : frame[15] & 3;
        return Congestion.CarryInward(content, outer)
            ? ReferenceVerdict.Replace(Inside, [.. frame[..12], .. content])
            : ReferenceVerdict.Drop(DropReason.CongestionHidden);
    }

    private DropReason Open(byte[] esp, long now, out byte[] text)
    {
        text = [];
        var index = BinaryPrimitives.ReadUInt32BigEndian(esp);
        if (_inbound.Find(known => known.Configuration.Index == index) is not { } association || !association.IsUsable(now))
        {
            return DropReason.NoSecurityAssociation;
        }

        var number = association.NumberOf(BinaryPrimitives.ReadUInt32BigEndian(esp.AsSpan(4)));
        var window = (ulong)association.Configuration.ReplayWindow;
        if (window > 0 && (number == 0 || association.Seen.Contains(number) || number + window <= association.Newest))
        {
            return DropReason.Replayed;
        }

        var nonce = association.Salt.Concat(esp[8..16]).ToArray();
        if (!association.Gcm.TryDecrypt(nonce, esp[16..^16], esp[^16..], association.Authenticated(number), out text))
        {
            return DropReason.AuthenticationFailed;
        }

        association.Seen.Add(number);
        association.Newest = Math.Max(association.Newest, number);
        association.Count(text.Length, now);
        return DropReason.None;
    }

    private static byte[] Word(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    /// <summary>What is known of an association. All numbers ever seen are kept.</summary>
    private sealed class Association
    {
        private ulong _bytes;
        private long? _firstUse;

        public Association(SecurityAssociation configuration)
        {
            Configuration = configuration;
            var key = MadeUpKey.Of(configuration.Key);
            Gcm = new PlainGcm(key.Key.ToArray());
            Salt = key.Salt.ToArray();
        }

        public SecurityAssociation Configuration { get; }

        public PlainGcm Gcm { get; }

        public byte[] Salt { get; }

        public ulong Sent { get; set; }

        public ulong Newest { get; set; }

        public HashSet<ulong> Seen { get; } = [];

        public bool IsUsable(long now) =>
            (Configuration.LifetimeBytes == 0 || _bytes < Configuration.LifetimeBytes)
            && (Configuration.Lifetime == TimeSpan.Zero || _firstUse is not { } first || now < first + Configuration.Lifetime.TotalMilliseconds);

        public void Count(int bytes, long now)
        {
            _bytes += (ulong)bytes;
            _firstUse ??= now;
        }

        public byte[] Authenticated(ulong number) => Configuration.HasExtendedNumbers
            ? [.. Word(Configuration.Index), .. Word((uint)(number >> 32)), .. Word((uint)number)]
            : [.. Word(Configuration.Index), .. Word((uint)number)];

        /// <summary>Of all numbers with these low bits, the smallest that is not behind the window (RFC 4303, appendix A2).</summary>
        public ulong NumberOf(uint low)
        {
            var window = (ulong)Configuration.ReplayWindow;
            ulong number = low;
            while (Configuration.HasExtendedNumbers && number + window <= Newest)
            {
                number += 1ul << 32;
            }

            return number;
        }
    }
}
