namespace Metron.Import.Syntax;

/// <summary>A place of a file.</summary>
/// <param name="Line">Line from 1, or record of an MRT file; 0 for the file as a whole.</param>
/// <param name="Column">Column from 1; 0 for the line as a whole.</param>
public readonly record struct Place(int Line, int Column = 0);
