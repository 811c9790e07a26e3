using System.Collections.Frozen;

namespace Metron.OpenFlow;

/// <summary>Names of all errors of OpenFlow 1.3, 1.4 and 1.5, and of the ONF's and Nicira's that Open vSwitch sends in them.</summary>
internal static class OpenFlowErrorNames
{
    public const ushort BundleFailedType = 17;

    // EXT-230: the bundle errors of OpenFlow 1.3 are the codes of 1.4 counted from here.
    private const ushort OnfBundleBase = 2300;
    private const ushort OnfBundleLast = 2315;

    // In order of type; names in order of code. An empty name is a code that the standard does not define.
    private static readonly (string Type, string Prefix, string[] Codes)[] Types =
    [
        ("OFPET_HELLO_FAILED", "OFPHFC_", ["INCOMPATIBLE", "EPERM"]),
        ("OFPET_BAD_REQUEST", "OFPBRC_",
            ["BAD_VERSION", "BAD_TYPE", "BAD_MULTIPART", "BAD_EXPERIMENTER", "BAD_EXP_TYPE", "EPERM", "BAD_LEN", "BUFFER_EMPTY",
            "BUFFER_UNKNOWN", "BAD_TABLE_ID", "IS_SLAVE", "BAD_PORT", "BAD_PACKET", "MULTIPART_BUFFER_OVERFLOW",
            "MULTIPART_REQUEST_TIMEOUT", "MULTIPART_REPLY_TIMEOUT", "MULTIPART_BAD_SCHED", "PIPELINE_FIELDS_ONLY", "UNKNOWN"]),
        ("OFPET_BAD_ACTION", "OFPBAC_",
            ["BAD_TYPE", "BAD_LEN", "BAD_EXPERIMENTER", "BAD_EXP_TYPE", "BAD_OUT_PORT", "BAD_ARGUMENT", "EPERM", "TOO_MANY",
            "BAD_QUEUE", "BAD_OUT_GROUP", "MATCH_INCONSISTENT", "UNSUPPORTED_ORDER", "BAD_TAG", "BAD_SET_TYPE", "BAD_SET_LEN",
            "BAD_SET_ARGUMENT", "BAD_SET_MASK", "BAD_METER"]),
        ("OFPET_BAD_INSTRUCTION", "OFPBIC_",
            ["UNKNOWN_INST", "UNSUP_INST", "BAD_TABLE_ID", "UNSUP_METADATA", "UNSUP_METADATA_MASK", "BAD_EXPERIMENTER",
            "BAD_EXP_TYPE", "BAD_LEN", "EPERM", "DUP_INST"]),
        ("OFPET_BAD_MATCH", "OFPBMC_",
            ["BAD_TYPE", "BAD_LEN", "BAD_TAG", "BAD_DL_ADDR_MASK", "BAD_NW_ADDR_MASK", "BAD_WILDCARDS", "BAD_FIELD", "BAD_VALUE",
            "BAD_MASK", "BAD_PREREQ", "DUP_FIELD", "EPERM"]),
        ("OFPET_FLOW_MOD_FAILED", "OFPFMFC_",
            ["UNKNOWN", "TABLE_FULL", "BAD_TABLE_ID", "OVERLAP", "EPERM", "BAD_TIMEOUT", "BAD_COMMAND", "BAD_FLAGS", "CANT_SYNC",
            "BAD_PRIORITY", "IS_SYNC"]),
        ("OFPET_GROUP_MOD_FAILED", "OFPGMFC_",
            ["GROUP_EXISTS", "INVALID_GROUP", "WEIGHT_UNSUPPORTED", "OUT_OF_GROUPS", "OUT_OF_BUCKETS", "CHAINING_UNSUPPORTED",
            "WATCH_UNSUPPORTED", "LOOP", "UNKNOWN_GROUP", "CHAINED_GROUP", "BAD_TYPE", "BAD_COMMAND", "BAD_BUCKET", "BAD_WATCH",
            "EPERM", "UNKNOWN_BUCKET", "BUCKET_EXISTS"]),
        ("OFPET_PORT_MOD_FAILED", "OFPPMFC_", ["BAD_PORT", "BAD_HW_ADDR", "BAD_CONFIG", "BAD_ADVERTISE", "EPERM"]),
        ("OFPET_TABLE_MOD_FAILED", "OFPTMFC_", ["BAD_TABLE", "BAD_CONFIG", "EPERM"]),
        ("OFPET_QUEUE_OP_FAILED", "OFPQOFC_", ["BAD_PORT", "BAD_QUEUE", "EPERM"]),
        ("OFPET_SWITCH_CONFIG_FAILED", "OFPSCFC_", ["BAD_FLAGS", "BAD_LEN", "EPERM"]),
        ("OFPET_ROLE_REQUEST_FAILED", "OFPRRFC_", ["STALE", "UNSUP", "BAD_ROLE", "ID_UNSUP", "ID_IN_USE"]),
        ("OFPET_METER_MOD_FAILED", "OFPMMFC_",
            ["UNKNOWN", "METER_EXISTS", "INVALID_METER", "UNKNOWN_METER", "BAD_COMMAND", "BAD_FLAGS", "BAD_RATE", "BAD_BURST",
            "BAD_BAND", "BAD_BAND_VALUE", "OUT_OF_METERS", "OUT_OF_BANDS"]),
        ("OFPET_TABLE_FEATURES_FAILED", "OFPTFFC_", ["BAD_TABLE", "BAD_METADATA", "BAD_TYPE", "BAD_LEN", "BAD_ARGUMENT", "EPERM", "BAD_CAPA", "BAD_MAX_ENT", "BAD_FEATURES", "BAD_COMMAND", "TOO_MANY"]),
        ("OFPET_BAD_PROPERTY", "OFPBPC_",
            ["BAD_TYPE", "BAD_LEN", "BAD_VALUE", "TOO_MANY", "DUP_TYPE", "BAD_EXPERIMENTER", "BAD_EXP_TYPE", "BAD_EXP_VALUE", "EPERM"]),
        ("OFPET_ASYNC_CONFIG_FAILED", "OFPACFC_", ["INVALID", "UNSUPPORTED", "EPERM"]),
        ("OFPET_FLOW_MONITOR_FAILED", "OFPMOFC_",
            ["UNKNOWN", "MONITOR_EXISTS", "INVALID_MONITOR", "UNKNOWN_MONITOR", "BAD_COMMAND", "BAD_FLAGS", "BAD_TABLE_ID", "BAD_OUT"]),
        ("OFPET_BUNDLE_FAILED", "OFPBFC_",
            ["UNKNOWN", "EPERM", "BAD_ID", "BUNDLE_EXIST", "BUNDLE_CLOSED", "OUT_OF_BUNDLES", "BAD_TYPE", "BAD_FLAGS", "MSG_BAD_LEN",
            "MSG_BAD_XID", "MSG_UNSUP", "MSG_CONFLICT", "MSG_TOO_MANY", "MSG_FAILED", "TIMEOUT", "BUNDLE_IN_PROGRESS", "SCHED_NOT_SUPPORTED", "SCHED_FUTURE", "SCHED_PAST"]),
    ];

    // Errors that Open vSwitch sends as experimenter errors in 1.3 and 1.4 (its ofp-errors.h, versions NX1.2+ and ONF1.3).
    private static readonly FrozenDictionary<(uint Experimenter, ushort Code), string> Extensions =
        new Dictionary<(uint, ushort), string>
        {
            [(ExperimenterNumber.Onf, 2600)] = "OFPBIC_DUP_INST",
            [(ExperimenterNumber.Onf, 4250)] = "OFPBAC_BAD_SET_MASK",
            [(ExperimenterNumber.Onf, 4443)] = "OFPBPC_TOO_MANY",
            [(ExperimenterNumber.Onf, 4444)] = "OFPBPC_DUP_TYPE",
            [(ExperimenterNumber.Onf, 4445)] = "OFPBPC_BAD_EXPERIMENTER",
            [(ExperimenterNumber.Onf, 4446)] = "OFPBPC_BAD_EXP_TYPE",
            [(ExperimenterNumber.Onf, 4447)] = "OFPBPC_BAD_EXP_VALUE",
            [(ExperimenterNumber.Onf, 4448)] = "OFPBPC_EPERM",
            [(ExperimenterNumber.Nicira, 2)] = "NXBRC_NXM_INVALID",
            [(ExperimenterNumber.Nicira, 3)] = "NXBRC_NXM_BAD_TYPE",
            [(ExperimenterNumber.Nicira, 4)] = "NXBRC_MUST_BE_ZERO",
            [(ExperimenterNumber.Nicira, 5)] = "NXBRC_BAD_REASON",
            [(ExperimenterNumber.Nicira, 9)] = "NXBRC_FM_BAD_EVENT",
            [(ExperimenterNumber.Nicira, 10)] = "NXBRC_UNENCODABLE_ERROR",
            [(ExperimenterNumber.Nicira, 11)] = "NXBAC_MUST_BE_ZERO",
            [(ExperimenterNumber.Nicira, 12)] = "NXFMFC_HARDWARE",
            [(ExperimenterNumber.Nicira, 13)] = "NXFMFC_BAD_TABLE_ID",
            [(ExperimenterNumber.Nicira, 15)] = "NXBAC_BAD_CONJUNCTION",
            [(ExperimenterNumber.Nicira, 22)] = "OFPBFC_BAD_VERSION",
            [(ExperimenterNumber.Nicira, 23)] = "NXQOFC_QUEUE_ERROR",
        }.ToFrozenDictionary();

    public static string? TypeName(ushort type) =>
        type < Types.Length ? Types[type].Type : type == OpenFlowErrorCode.ExperimenterType ? "OFPET_EXPERIMENTER" : null;

    public static string? Find(OpenFlowErrorCode error)
    {
        var standard = ToStandard(error);
        if (standard.Type < Types.Length)
        {
            var (_, prefix, codes) = Types[standard.Type];
            return standard.Code < codes.Length ? prefix + codes[standard.Code] : null;
        }

        return Extensions.GetValueOrDefault((error.Experimenter, error.Code));
    }

    public static OpenFlowErrorCode ToStandard(OpenFlowErrorCode error) =>
        error is { Type: OpenFlowErrorCode.ExperimenterType, Experimenter: ExperimenterNumber.Onf, Code: >= OnfBundleBase and <= OnfBundleLast }
            ? new OpenFlowErrorCode(BundleFailedType, (ushort)(error.Code - OnfBundleBase))
            : error;
}
