namespace Metron.OpenFlow;

/// <summary>Errors of OpenFlow 1.0 (section 5.4.4), which later versions renumbered. In memory they have the numbers of 1.3, so that callers compare one number.</summary>
internal static class Error10
{
    // Types 0 (HELLO_FAILED), 1 (BAD_REQUEST) and 2 (BAD_ACTION) kept their codes. What is in neither list keeps its numbers here.
    private const uint UnknownMark = 0xff00_0000;

    private static readonly (OpenFlowErrorCode Wire, OpenFlowErrorCode Standard, string Name)[] Renumbered =
    [
        (new(3, 0), new(5, 1), "OFPFMFC_ALL_TABLES_FULL"),
        (new(3, 1), new(5, 3), "OFPFMFC_OVERLAP"),
        (new(3, 2), new(5, 4), "OFPFMFC_EPERM"),
        (new(3, 3), new(5, 5), "OFPFMFC_BAD_EMERG_TIMEOUT"),
        (new(3, 4), new(5, 6), "OFPFMFC_BAD_COMMAND"),
        (new(3, 5), new(2, 11), "OFPFMFC_UNSUPPORTED"),
        (new(4, 0), new(7, 0), "OFPPMFC_BAD_PORT"),
        (new(4, 1), new(7, 1), "OFPPMFC_BAD_HW_ADDR"),
        (new(5, 0), new(9, 0), "OFPQOFC_BAD_PORT"),
        (new(5, 1), new(9, 1), "OFPQOFC_BAD_QUEUE"),
        (new(5, 2), new(9, 2), "OFPQOFC_EPERM"),
    ];

    private static readonly (OpenFlowErrorCode Standard, string Name)[] Renamed =
    [
        (new(1, 2), "OFPBRC_BAD_STAT"),
        (new(1, 3), "OFPBRC_BAD_VENDOR"),
        (new(1, 4), "OFPBRC_BAD_SUBTYPE"),
        (new(2, 2), "OFPBAC_BAD_VENDOR"),
        (new(2, 3), "OFPBAC_BAD_VENDOR_TYPE"),
    ];

    public static OpenFlowErrorCode FromWire(ushort type, ushort code)
    {
        foreach (var (wire, standard, _) in Renumbered)
        {
            if (wire.Type == type && wire.Code == code)
            {
                return standard;
            }
        }

        return type <= 2
            ? new OpenFlowErrorCode(type, code)
            : new OpenFlowErrorCode(OpenFlowErrorCode.ExperimenterType, code, UnknownMark | type);
    }

    /// <exception cref="OpenFlowEncodeException">1.0 has no such error.</exception>
    public static (ushort Type, ushort Code) ToWire(OpenFlowErrorCode error)
    {
        foreach (var (wire, standard, _) in Renumbered)
        {
            if (standard == error)
            {
                return (wire.Type, wire.Code);
            }
        }

        if (UnknownType(error) is { } type)
        {
            return (type, error.Code);
        }

        return error.Type <= 2
            ? (error.Type, error.Code)
            : throw new OpenFlowEncodeException($"error {error.Name} does not exist in OpenFlow 1.0");
    }

    /// <summary>Type on the wire of an error of 1.0 that the standard does not name; null for every other error.</summary>
    public static ushort? UnknownType(OpenFlowErrorCode error) =>
        error.Type == OpenFlowErrorCode.ExperimenterType && (error.Experimenter & 0xffff0000) == UnknownMark ? (ushort)error.Experimenter : null;

    /// <summary>The name that 1.0 gives an error; null when it is that of later versions.</summary>
    public static string? Name(OpenFlowErrorCode error)
    {
        foreach (var (_, standard, name) in Renumbered)
        {
            if (standard == error)
            {
                return name;
            }
        }

        foreach (var (standard, name) in Renamed)
        {
            if (standard == error)
            {
                return name;
            }
        }

        return null;
    }
}
