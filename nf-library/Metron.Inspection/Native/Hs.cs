using System.Runtime.InteropServices;

namespace Metron.Inspection.Native;

/// <summary>
/// Functions of Vectorscan 5.4 (hs_compile.h, hs_runtime.h; soname <c>libhs.so.5</c>). Every call may take microseconds or more and calls
/// back, so none suppresses the transition of the garbage collector.
/// </summary>
internal static unsafe partial class Hs
{
    public const string Library = "libhs.so.5";

    // hs_common.h
    public const int Success = 0;
    public const int CompilerError = -4;

    // hs_compile.h
    public const uint FlagCaseless = 1;
    public const uint FlagDotAll = 2;
    public const uint FlagMultiline = 4;
    public const uint FlagSingleMatch = 8;
    public const uint ModeBlock = 1;
    public const uint ModeStream = 2;
    public const ulong ExtensionMinimumOffset = 1;
    public const ulong ExtensionMaximumOffset = 2;

    [LibraryImport(Library, EntryPoint = "hs_version")]
    public static partial byte* Version();

    [LibraryImport(Library, EntryPoint = "hs_valid_platform")]
    public static partial int ValidPlatform();

    [LibraryImport(Library, EntryPoint = "hs_compile_ext_multi")]
    public static partial int CompileMulti(
        byte** expressions,
        uint* flags,
        uint* ids,
        Extension** extensions,
        uint count,
        uint mode,
        void* platform,
        nint* database,
        CompileError** error);

    [LibraryImport(Library, EntryPoint = "hs_compile_lit_multi")]
    public static partial int CompileLiterals(
        byte** expressions,
        uint* flags,
        uint* ids,
        nuint* lengths,
        uint count,
        uint mode,
        void* platform,
        nint* database,
        CompileError** error);

    [LibraryImport(Library, EntryPoint = "hs_expression_ext_info")]
    public static partial int ExpressionInformation(
        byte* expression, uint flags, Extension* extension, void** information, CompileError** error);

    [LibraryImport(Library, EntryPoint = "hs_free_compile_error")]
    public static partial int FreeCompileError(CompileError* error);

    [LibraryImport(Library, EntryPoint = "hs_free_database")]
    public static partial int FreeDatabase(nint database);

    [LibraryImport(Library, EntryPoint = "hs_database_size")]
    public static partial int DatabaseSize(nint database, nuint* bytes);

    [LibraryImport(Library, EntryPoint = "hs_stream_size")]
    public static partial int StreamSize(nint database, nuint* bytes);

    [LibraryImport(Library, EntryPoint = "hs_alloc_scratch")]
    public static partial int AllocateScratch(nint database, nint* scratch);

    [LibraryImport(Library, EntryPoint = "hs_free_scratch")]
    public static partial int FreeScratch(nint scratch);

    [LibraryImport(Library, EntryPoint = "hs_scan")]
    public static partial int Scan(
        nint database,
        byte* bytes,
        uint length,
        uint flags,
        nint scratch,
        delegate* unmanaged[Cdecl]<uint, ulong, ulong, uint, void*, int> onMatch,
        void* context);

    [LibraryImport(Library, EntryPoint = "hs_open_stream")]
    public static partial int OpenStream(nint database, uint flags, nint* stream);

    [LibraryImport(Library, EntryPoint = "hs_scan_stream")]
    public static partial int ScanStream(
        nint stream,
        byte* bytes,
        uint length,
        uint flags,
        nint scratch,
        delegate* unmanaged[Cdecl]<uint, ulong, ulong, uint, void*, int> onMatch,
        void* context);

    [LibraryImport(Library, EntryPoint = "hs_reset_stream")]
    public static partial int ResetStream(
        nint stream, uint flags, nint scratch, delegate* unmanaged[Cdecl]<uint, ulong, ulong, uint, void*, int> onMatch, void* context);

    [LibraryImport(Library, EntryPoint = "hs_close_stream")]
    public static partial int CloseStream(
        nint stream, nint scratch, delegate* unmanaged[Cdecl]<uint, ulong, ulong, uint, void*, int> onMatch, void* context);

    /// <summary>hs_compile_error_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct CompileError
    {
        public byte* Message;

        /// <summary>Index of the expression; negative when the error is about none.</summary>
        public int Expression;
    }

    /// <summary>hs_expr_ext_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Extension
    {
        public ulong Flags;
        public ulong MinimumOffset;
        public ulong MaximumOffset;
        public ulong MinimumLength;
        public uint EditDistance;
        public uint HammingDistance;
    }
}
