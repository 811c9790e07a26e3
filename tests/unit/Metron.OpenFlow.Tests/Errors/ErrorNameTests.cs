using Metron.OpenFlow.Tests.OpenVSwitch;

namespace Metron.OpenFlow.Tests.Errors;

public sealed class ErrorNameTests
{
    // Names that Open vSwitch keeps from older versions, or gives to two versions' errors at once.
    private static readonly Dictionary<string, string> OvsNames = new()
    {
        ["OFPBRC_BAD_MULTIPART"] = "OFPBRC_BAD_STAT",
        ["OFPBRC_BAD_EXPERIMENTER"] = "OFPBRC_BAD_VENDOR",
        ["OFPBRC_BAD_EXP_TYPE"] = "OFPBRC_BAD_SUBTYPE",
        ["OFPBAC_BAD_EXPERIMENTER"] = "OFPBAC_BAD_VENDOR",
        ["OFPBAC_BAD_EXP_TYPE"] = "OFPBAC_BAD_VENDOR_TYPE",
        ["OFPTFFC_BAD_TYPE"] = "OFPBPC_BAD_TYPE",
        ["OFPTFFC_BAD_LEN"] = "OFPBPC_BAD_LEN",
        ["OFPTFFC_BAD_ARGUMENT"] = "OFPBPC_BAD_VALUE",
        ["OFPBRC_IS_SLAVE"] = "OFPBRC_IS_SECONDARY",
    };

    // Errors of the standard that Open vSwitch does not know.
    private static readonly HashSet<string> NotInOvs =
        ["OFPBRC_MULTIPART_REQUEST_TIMEOUT", "OFPBRC_MULTIPART_REPLY_TIMEOUT", "OFPFMFC_CANT_SYNC", "OFPFMFC_BAD_PRIORITY", "OFPFMFC_IS_SYNC"];

    // The first code of each type that came with 1.5.
    private static readonly Dictionary<int, int> Since15 = new() { [1] = 16, [2] = 16, [6] = 15, [11] = 3, [13] = 6, [17] = 16 };

    public static TheoryData<OpenFlowVersion> Versions => [OpenFlowVersion.OpenFlow13, OpenFlowVersion.OpenFlow14, OpenFlowVersion.OpenFlow15];

    [OvsTheory]
    [MemberData(nameof(Versions))]
    public void Error_names_are_those_of_Open_vSwitch(OpenFlowVersion version)
    {
        var file = Path.GetTempFileName();
        try
        {
            var errors = NamedErrors().Where(error => IsKnownToOvs(error, version)).ToList();
            File.WriteAllBytes(file, [.. errors.SelectMany(error => OpenFlowCodec.Encode(new ErrorMessage(error), version, 1))]);
            var printed = OvsTools.Run("ovs-ofctl", "ofp-parse", file).Output.Split('\n').Where(line => line.StartsWith("OFPT_ERROR", StringComparison.Ordinal));
            Assert.Equal(errors.Select(error => OvsNames.GetValueOrDefault(error.Name, error.Name)), printed.Select(line => line.Split(' ')[3]));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Every_type_of_1_3_to_1_5_has_named_codes()
    {
        Assert.Equal(Enumerable.Range(0, 18), NamedErrors().Select(error => (int)error.Type).Distinct());
        Assert.Equal(170, NamedErrors().Count());
        Assert.Equal("OFPET_EXPERIMENTER", new OpenFlowErrorCode(0xffff, 1, 5).TypeName);
        Assert.Equal("experimenter 0x00000005 error 1", new OpenFlowErrorCode(0xffff, 1, 5).Name);
        Assert.Equal("type 99 code 3", new OpenFlowErrorCode(99, 3).Name);
    }

    [Fact]
    public void Bundle_errors_of_1_3_are_those_of_1_4()
    {
        var onf = new OpenFlowErrorCode(0xffff, 2313, ExperimenterNumber.Onf);
        Assert.Equal(OpenFlowErrorCode.BundleMessageFailed, onf.ToStandard());
        Assert.Equal("OFPBFC_MSG_FAILED", onf.Name);
        Assert.Equal(OpenFlowErrorCode.FlowTableFull, OpenFlowErrorCode.FlowTableFull.ToStandard());
    }

    // Types above 13 and the duplicate instruction (3, 9) came with 1.4, which renumbered three errors of table features.
    private static bool IsKnownToOvs(OpenFlowErrorCode error, OpenFlowVersion version) =>
        !NotInOvs.Contains(error.Name)
        && (version >= OpenFlowVersion.OpenFlow15 || error.Code < Since15.GetValueOrDefault(error.Type, int.MaxValue))
        && (version == OpenFlowVersion.OpenFlow13
            ? error.Type <= 13 && error.Name != "OFPBIC_DUP_INST"
            : error.Type != 13 || error.Code is < 2 or >= 5);

    private static IEnumerable<OpenFlowErrorCode> NamedErrors() =>
        from type in Enumerable.Range(0, 20)
        from code in Enumerable.Range(0, 40)
        let error = new OpenFlowErrorCode((ushort)type, (ushort)code)
        where OpenFlowErrorNames.Find(error) is not null
        select error;
}
