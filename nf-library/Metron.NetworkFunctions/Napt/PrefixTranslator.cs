using Metron.Packets;

namespace Metron.NetworkFunctions.Napt;

/// <summary>
/// IPv6-to-IPv6 network prefix translation (NPTv6, RFC 6296): stateless, one to one, and checksum neutral: what the new prefix adds to the
/// one's complement sum, another 16-bit word takes away, so no transport checksum changes.
/// </summary>
internal sealed class PrefixTranslator
{
    private const ushort Ones = 0xffff; // minus zero in one's complement: never a word that is adjusted, nor the result
    private readonly Direction _outbound;
    private readonly Direction _inbound;

    public PrefixTranslator(PrefixTranslation prefixes)
    {
        _outbound = new Direction(prefixes.Inside, prefixes.Outside);
        _inbound = new Direction(prefixes.Outside, prefixes.Inside);
    }

    /// <summary>Whether the address lies in the outside prefix.</summary>
    public bool IsOutside(IpAddress address) => _inbound.From.Contains(address);

    /// <summary>
    /// Translates an inside address. False when it is not in the inside prefix, or is one of those that RFC 6296 leaves out.
    /// </summary>
    public bool TryTranslateOut(ref IpAddress address) => _outbound.TryTranslate(ref address);

    /// <summary>Translates an outside address. False as above.</summary>
    public bool TryTranslateIn(ref IpAddress address) => _inbound.TryTranslate(ref address);

    private readonly struct Direction
    {
        private readonly UInt128 _newPrefix;
        private readonly UInt128 _hostMask;
        private readonly ushort _adjustment;

        public Direction(IpPrefix from, IpPrefix to)
        {
            From = from;
            _newPrefix = to.First;
            _hostMask = from.Last ^ from.First;
            _adjustment = Add(Sum(from.First), (ushort)~Sum(to.First)); // one's complement difference, RFC 6296 section 3.1
        }

        public IpPrefix From { get; }

        public bool TryTranslate(ref IpAddress address)
        {
            if (!From.Contains(address))
            {
                return false;
            }

            var shift = AdjustedWord(address.Value);
            var word = shift < 0 ? Ones : (ushort)(address.Value >> shift);
            if (word == Ones)
            {
                return false;
            }

            var adjusted = Add(word, _adjustment);
            adjusted = adjusted == Ones ? (ushort)0 : adjusted;
            var value = _newPrefix | (address.Value & _hostMask);
            value = (value & ~((UInt128)Ones << shift)) | ((UInt128)adjusted << shift);
            address = new IpAddress(value, true);
            return true;
        }

        /// <summary>
        /// Position of the word that is adjusted: the subnet word, bits 48-63, for prefixes up to /48 (section 3.4); otherwise the first
        /// word of the interface identifier that is not all ones (section 3.5). -1 when there is none.
        /// </summary>
        private int AdjustedWord(UInt128 address)
        {
            if (From.Length <= 48)
            {
                return 64;
            }

            for (var shift = 48; shift >= 0; shift -= 16)
            {
                if ((ushort)(address >> shift) != Ones)
                {
                    return shift;
                }
            }

            return -1;
        }

        private static ushort Sum(UInt128 prefix)
        {
            ushort sum = 0;
            for (var shift = 0; shift < 128; shift += 16)
            {
                sum = Add(sum, (ushort)(prefix >> shift));
            }

            return sum;
        }

        private static ushort Add(ushort left, ushort right)
        {
            var sum = left + right;
            return (ushort)((sum & Ones) + (sum >> 16));
        }
    }
}
