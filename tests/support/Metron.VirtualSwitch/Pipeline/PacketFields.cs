using Metron.OpenFlow;

namespace Metron.VirtualSwitch;

/// <summary>The values of the match fields that a packet has.</summary>
internal sealed class PacketFields
{
    private readonly UInt128[] _values = new UInt128[FieldIndex.Count];
    private ulong _present;

    public UInt128 this[int field] => _values[field];

    public UInt128 this[OxmType type]
    {
        get => _values[FieldIndex.Of(type)];
        set
        {
            var field = FieldIndex.Of(type);
            _values[field] = value;
            _present |= 1UL << field;
        }
    }

    public bool Has(int field) => field >= 0 && (_present >> field & 1) != 0;

    public bool Has(OxmType type) => Has(FieldIndex.Of(type));
}
