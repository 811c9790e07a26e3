using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Metron.NetworkFunctions.Chains;

namespace Metron.Dataplane.Appliances;

/// <summary>
/// Which tags stand for a worker's interfaces to closed programs. Interfaces are numbered: two for each appliance, inside first. An interface is
/// to the program what a port of the switch is to an endpoint: frames that come from it get a tag, those with its egress tag leave by it, without.
/// Immutable.
/// </summary>
internal sealed class ApplianceRoutes
{
    private const int VlanIds = 4096;
    private const ushort EtherTypeVlan = 0x0081;

    /// <summary>The first three octets of MAC addresses that are tags.</summary>
    private const uint TagPrefix = 0x544d02;

    private readonly byte[] _vlan = new byte[VlanIds];
    private readonly Dictionary<uint, byte> _mac = [];
    private readonly ApplianceTag[] _ingress;

    /// <param name="interfaces">Number of the worker's interfaces.</param>
    public ApplianceRoutes(int interfaces) => _ingress = new ApplianceTag[interfaces];

    /// <summary>Whether no interface is used.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Tag that frames from an interface get; its value is 0 while no program uses it.</summary>
    public ApplianceTag Ingress(int number) => number < _ingress.Length ? _ingress[number] : default;

    /// <summary>Number of the interface that a frame leaves by; -1: by the worker's own port. Costs a load from the tag's table.</summary>
    /// <param name="frame">At least 16 bytes, as it leaves.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe int InterfaceOf(byte* frame) => *(ushort*)(frame + 12) == EtherTypeVlan
        ? _vlan[BinaryPrimitives.ReverseEndianness(*(ushort*)(frame + 14)) & (VlanIds - 1)] - 1
        : (*(uint*)(frame + 6) & 0xffffff) == TagPrefix ? MacInterface(frame) : -1;

    /// <summary>Adds an interface that a program uses. Of several programs the last one gets what comes from it.</summary>
    internal void Add(int number, TagKind kind, uint ingress, uint egress)
    {
        IsEmpty = false;
        _ingress[number] = new ApplianceTag(kind, ingress);
        if (kind == TagKind.Vlan)
        {
            _vlan[egress] = (byte)(number + 1);
        }
        else
        {
            _mac[egress] = (byte)(number + 1);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private unsafe int MacInterface(byte* frame) =>
        _mac.GetValueOrDefault(BinaryPrimitives.ReverseEndianness(*(uint*)(frame + 8)) & 0xffffff) - 1;
}

/// <summary>A tag.</summary>
/// <param name="Kind">VLAN or MAC.</param>
/// <param name="Value">VLAN id, or low 24 bits of the MAC; 0 for none.</param>
internal readonly record struct ApplianceTag(TagKind Kind, uint Value);
