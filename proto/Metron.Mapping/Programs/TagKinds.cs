using Metron.NetworkFunctions.Chains;

namespace Metron.Mapping.Programs;

/// <summary>Tag kinds and steering fields, to and from the wire.</summary>
public static class TagKinds
{
    /// <summary>To the wire.</summary>
    public static V1.TagKind ToProto(this TagKind kind) => kind switch
    {
        TagKind.Vlan => V1.TagKind.Vlan,
        TagKind.Mac => V1.TagKind.Mac,
        TagKind.QinQ => V1.TagKind.Qinq,
        TagKind.Mpls => V1.TagKind.Mpls,
        _ => V1.TagKind.Dscp,
    };

    /// <summary>Off the wire; null for a value that is not known.</summary>
    public static TagKind? ToDomain(this V1.TagKind kind) => kind switch
    {
        V1.TagKind.Vlan => TagKind.Vlan,
        V1.TagKind.Mac => TagKind.Mac,
        V1.TagKind.Qinq => TagKind.QinQ,
        V1.TagKind.Mpls => TagKind.Mpls,
        V1.TagKind.Dscp => TagKind.Dscp,
        _ => null,
    };

    /// <summary>To the wire.</summary>
    public static V1.SteeringField ToProto(this SteeringField field) => field switch
    {
        SteeringField.SourcePort => V1.SteeringField.SourcePort,
        SteeringField.DestinationPort => V1.SteeringField.DestinationPort,
        _ => V1.SteeringField.Unspecified,
    };

    /// <summary>Off the wire; null for a value that is not known.</summary>
    public static SteeringField? ToDomain(this V1.SteeringField field) => field switch
    {
        V1.SteeringField.Unspecified => SteeringField.None,
        V1.SteeringField.SourcePort => SteeringField.SourcePort,
        V1.SteeringField.DestinationPort => SteeringField.DestinationPort,
        _ => null,
    };
}
