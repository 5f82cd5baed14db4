namespace System.Runtime.CompilerServices;

/// <summary>What records need of a framework that netstandard2.0 lacks.</summary>
internal static class IsExternalInit;
