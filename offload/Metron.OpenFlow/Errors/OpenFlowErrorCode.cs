namespace Metron.OpenFlow;

/// <summary>What went wrong, as the standard numbers it (OpenFlow 1.3.5 section 7.5.4, 1.4.1 section 7.5.4).</summary>
/// <remarks>
/// Errors of OpenFlow 1.0, which has other numbers, have those of later versions here, so that a full table is
/// <see cref="FlowTableFull"/> in every version; <see cref="NameIn"/> gives the name that 1.0 has for it.
/// </remarks>
/// <param name="Type">Error type (<c>OFPET_*</c>), 0xffff for an experimenter's.</param>
/// <param name="Code">Code within the type; for an experimenter's, its own type.</param>
/// <param name="Experimenter">Whose error it is when <paramref name="Type"/> is 0xffff, else 0.</param>
public readonly record struct OpenFlowErrorCode(ushort Type, ushort Code, uint Experimenter = 0)
{
    /// <summary>Type of an experimenter's errors.</summary>
    public const ushort ExperimenterType = 0xffff;

    public static readonly OpenFlowErrorCode HelloIncompatible = new(0, 0);
    public static readonly OpenFlowErrorCode HelloNotPermitted = new(0, 1);
    public static readonly OpenFlowErrorCode BadVersion = new(1, 0);
    public static readonly OpenFlowErrorCode BadType = new(1, 1);
    public static readonly OpenFlowErrorCode BadMultipart = new(1, 2);
    public static readonly OpenFlowErrorCode BadExperimenter = new(1, 3);
    public static readonly OpenFlowErrorCode BadExperimenterType = new(1, 4);
    public static readonly OpenFlowErrorCode BadLength = new(1, 6);

    /// <summary>A controller in the slave role tried to write.</summary>
    public static readonly OpenFlowErrorCode IsSlave = new(1, 10);
    public static readonly OpenFlowErrorCode FlowTableFull = new(5, 1);
    public static readonly OpenFlowErrorCode FlowBadTable = new(5, 2);
    public static readonly OpenFlowErrorCode FlowOverlap = new(5, 3);
    public static readonly OpenFlowErrorCode GroupExists = new(6, 0);
    public static readonly OpenFlowErrorCode GroupUnknown = new(6, 8);

    /// <summary>The role request's generation id is older than one the switch has seen.</summary>
    public static readonly OpenFlowErrorCode RoleStale = new(11, 0);

    public static readonly OpenFlowErrorCode MeterExists = new(12, 1);

    public static readonly OpenFlowErrorCode MeterUnknown = new(12, 3);

    public static readonly OpenFlowErrorCode OutOfMeters = new(12, 10);

    /// <summary>A message of a bundle failed at commit. In OpenFlow 1.3 it comes as the ONF's error 2313.</summary>
    public static readonly OpenFlowErrorCode BundleMessageFailed = new(OpenFlowErrorNames.BundleFailedType, 13);

    /// <summary>Name in the standard, or the numbers when it has none.</summary>
    public string Name => OpenFlowErrorNames.Find(this) ?? (Error10.UnknownType(this) is { } type
        ? $"type {type} code {Code}"
        : Type == ExperimenterType
        ? $"experimenter 0x{Experimenter:x8} error {Code}"
        : $"{OpenFlowErrorNames.TypeName(Type) ?? $"type {Type}"} code {Code}");

    /// <summary>Name in the standard of this version: OpenFlow 1.0 has some of its own, "OFPFMFC_ALL_TABLES_FULL".</summary>
    public string NameIn(OpenFlowVersion version) => (version == OpenFlowVersion.OpenFlow10 ? Error10.Name(this) : null) ?? Name;

    /// <summary>Name of the type in the standard, "OFPET_FLOW_MOD_FAILED"; or its number.</summary>
    public string TypeName => OpenFlowErrorNames.TypeName(Type) ?? $"type {Type}";

    /// <summary>The same error as OpenFlow 1.4 numbers it: the ONF's bundle errors for 1.3 become those of the standard.</summary>
    public OpenFlowErrorCode ToStandard() => OpenFlowErrorNames.ToStandard(this);

    public override string ToString() => Name;
}
